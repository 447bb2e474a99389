import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '@run-edges/edges';
import { onTestFinished } from 'vitest';
import { type Cloud, type ContainerState, type EmulatorOptions, startEmulator } from '../src/index.ts';

export interface ContainerCloud {
  readonly cloud: Cloud;
  /** The gate of the one service, which is public. */
  readonly url: string;
  /** States of its container, oldest first. */
  readonly states: ContainerState[];
  readonly logs: string[];
  /** What the app answers at this path. */
  get(path?: string): Promise<{ status: number; body: string }>;
}

export interface ContainerCloudOptions extends Partial<Omit<EmulatorOptions, 'edges'>> {
  /** What the declaration says of the service besides `public` and `source`. */
  readonly service?: string;
}

/** An app that says which start of it answers; `/crash` ends it, `/hold` begins an answer and never ends it. */
export const plainApp = `
import { createServer } from 'node:http';
const id = crypto.randomUUID();
process.on('SIGTERM', () => { console.log('heard SIGTERM'); process.exit(0); });
createServer((request, response) => {
  if (request.url === '/crash') process.exit(3);
  response.write(JSON.stringify({ id, env: process.env }));
  if (request.url !== '/hold') response.end();
}).listen(process.env.PORT, '0.0.0.0');
`;

/** One public service, app, that runs this program. Gone at the end of the test. @throws EmulatorError when it does not come up */
export async function containerCloud(
  program: string,
  { service = '', ...options }: ContainerCloudOptions = {},
): Promise<ContainerCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-app-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const scripts = { start: `${process.execPath} app.js` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(join(folder, 'app.js'), program);
  const states: ContainerState[] = [];
  const logs: string[] = [];
  const cloud = await startEmulator({
    edges: parseDeclaration(`services: { app: { public: true, source: "${folder}"${service} } }`, 'edges.yaml'),
    onState: ({ state }) => states.push(state),
    onLog: ({ line }) => logs.push(line),
    ...options,
  });
  onTestFinished(() => cloud.stop());
  const { url } = cloud.service('app');
  return {
    cloud,
    url,
    states,
    logs,
    async get(path = '/') {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, body: await response.text() };
    },
  };
}
