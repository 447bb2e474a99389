import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/repository.ts';

interface Workflow {
  readonly permissions: object;
  readonly jobs: Record<string, { permissions?: object; 'timeout-minutes'?: number; steps: Step[] }>;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}

const folder = join(repository, '.github', 'workflows');

describe.each(readdirSync(folder))('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  test('has no right that a job does not ask for, and no job without an end', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) {
      expect(job.permissions).toBeDefined();
      expect(JSON.stringify(job.permissions)).not.toMatch(/"contents":"write"|write-all/);
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    }
  });

  test('names each action by its commit, with its release beside it', () => {
    for (const line of text.split('\n').filter((one) => one.includes('uses:')))
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('leaves no credentials behind, keeps no keys, and lets no expression into a shell', () => {
    expect(text).not.toMatch(/secrets\.|credentials_json/);
    for (const { uses, with: settings } of steps)
      if (uses?.startsWith('actions/checkout@')) expect(settings).toMatchObject({ 'persist-credentials': false });
    for (const { run = '' } of steps) expect(run).not.toContain('${' + '{');
  });
});
