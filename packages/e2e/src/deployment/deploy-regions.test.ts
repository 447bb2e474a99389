import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { runEdges } from '../support/command-line.ts';
import { project, startTestProject, type TestProject } from './test-project.ts';

const { title, missing } = await findToolchain({ name: 'gcloud', commands: ['gcloud'] });

const regions = ['us-central1', 'europe-west1'] as const;
const edges = `services:
  front: { public: true, calls: [back, payments], regions: [${regions.join(', ')}] }
  back: { regions: [${regions.join(', ')}] }
external:
  payments: { url: "https://payments.example.com", audience: pay }
`;
const images = ['--image-prefix', 'example.com/apps', '--tag', 'v1', '--path', '/'];
const front = `serviceAccount:front-run@${project}.iam.gserviceaccount.com`;
const timeout = 900_000;

interface Printed {
  readonly status: { readonly url: string };
  readonly spec: { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } };
}

describe.skipIf(missing)(title, () => {
  let here: TestProject;
  beforeAll(async () => {
    here = await startTestProject(edges, ['front', 'back']);
  });
  afterAll(() => here?.[Symbol.asyncDispose]());
  const at = (region: string) => [`--region=${region}`, `--project=${project}`];
  const check = () =>
    runEdges(['check', '--target', project, '--path', '/', '--json'], here.folder, { env: here.env }).ended;

  test('deploys into both, and every edge is as declared in each', { timeout }, async () => {
    const { code, stdout, stderr } = await here.run(
      'deploy',
      '--yes',
      '--tester',
      'user:developer@example.com',
      ...images,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const region of regions) expect(stdout).toContain(`back (${region})`);
    expect(stdout).toContain('Not tried: payments is a receiver of others.');
    expect(stdout).toContain('verdicts are as declared.');
  });

  test('each region has its URL, and tells it to the callers in it', { timeout }, async () => {
    const { number } = here.cloud.project;
    for (const region of regions) {
      const described = await here.gcloud('run', 'services', 'describe', 'front', '--format=json', ...at(region));
      const { spec } = JSON.parse(described.stdout) as Printed;
      const env = Object.fromEntries(
        (spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
      );
      expect(env).toEqual({
        SERVICE_URL: `https://front-${number}.${region}.run.app`,
        BACK_URL: `https://back-${number}.${region}.run.app`,
        PAYMENTS_URL: 'https://payments.example.com',
        PAYMENTS_AUDIENCE: 'pay',
      });
    }
  });

  test('a grant that is taken away in one region is missing there alone', { timeout }, async () => {
    const grant = ['back', `--member=${front}`, '--role=roles/run.invoker', ...at('europe-west1')];
    const taken = await here.gcloud('run', 'services', 'remove-iam-policy-binding', ...grant);
    expect(taken.code, taken.stderr).toBe(0);
    const { code, stdout } = await check();
    expect(code).toBe(1);
    const cells = JSON.parse(stdout) as { caller: string; receiver: string; expected: string; actual: string }[];
    const differing = cells.filter(({ expected, actual }) => expected !== actual);
    expect(differing.map(({ caller, receiver, actual }) => `${caller} -> ${receiver}: ${actual}`)).toEqual(
      regions.map((region) => `front (${region}) -> back (europe-west1): forbidden`),
    );
    const planned = await here.run('deploy', '--json', ...images);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      changes: [{ action: 'grant', on: 'service back (europe-west1)', what: 'roles/run.invoker', after: front }],
      commands: [expect.stringContaining('--region=europe-west1')],
    });
  });

  test('destroy takes both back', { timeout }, async () => {
    const { code, stdout } = await here.run('destroy', '--yes');
    expect(code).toBe(0);
    for (const region of regions) expect(stdout).toContain(`--region=${region}`);
    const left = await here.gcloud('run', 'services', 'list', '--format=json', `--project=${project}`);
    expect(JSON.parse(left.stdout)).toEqual([]);
  });
});
