import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { onTestFinished } from 'vitest';
import type { EmulatorOptions } from '../src/index.ts';
import { type AdminCloud, type Answer, adminCloud, project } from './admin-cloud.ts';

export const jobsAt = `/apis/run.googleapis.com/v1/namespaces/${project}/jobs`;
export const executionsAt = `/apis/run.googleapis.com/v1/namespaces/${project}/executions`;
export const tasksAt = `/apis/run.googleapis.com/v1/namespaces/${project}/tasks`;

export interface JobCloud extends AdminCloud {
  /** What was written, as `NAME: LINE`. */
  readonly logs: readonly string[];
  /** Resolves when somebody has written this. */
  heard(line: string): Promise<void>;
  /** Runs a job, and gives the execution when it is over. */
  run(job: string, body?: object): Promise<Answer['body']>;
  over(execution: string): Promise<Answer['body']>;
}

/** A folder with an app that runs this program. Gone at the end of the test. */
export async function appFolder(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-job-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const scripts = { start: `${process.execPath} app.js` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(join(folder, 'app.js'), program);
  return folder;
}

/**
 * Two services, search and profiles, that answer in this process, and a job, `nightly`, which may call search alone and runs
 * this program. Gone at the end of the test.
 * @param job what the declaration says of it besides
 */
export async function jobCloud(program: string, job = '', options: Partial<EmulatorOptions> = {}): Promise<JobCloud> {
  const source = await appFolder(program);
  const logs: string[] = [];
  const listeners = new Set<() => void>();
  const admin = await adminCloud({
    edges: parseDeclaration(
      `services: { search: {}, other: {} }\njobs: { nightly: { source: "${source}", calls: [search]${job} } }`,
      'edges.yaml',
    ),
    deployed: true,
    onLog({ service, line }) {
      logs.push(`${service}: ${line}`);
      for (const listener of listeners) listener();
    },
    ...options,
  });
  onTestFinished(() => admin[Symbol.asyncDispose]());
  const over = (execution: string) =>
    admin.until(`${executionsAt}/${execution}`, ({ status }) => status.completionTime !== undefined);
  return {
    ...admin,
    logs,
    over,
    heard: (line) =>
      new Promise((resolve) => {
        const look = () => {
          if (!logs.includes(line)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    async run(name, body = {}) {
      const { status, body: execution } = await admin.call('POST', `${jobsAt}/${name}:run`, body);
      if (status !== 200) throw new Error(JSON.stringify(execution));
      return over(execution.metadata.name);
    },
  };
}
