import { describe, expect, test } from 'vitest';
import { printed } from '../gcloud/gcloud-answers.ts';
import type { KnativeJob, KnativeWorkerPool } from '../gcloud/knative-workloads.ts';
import { readJob, readWorkerPool } from './live-workloads.ts';

const labels = { 'managed-by': 'run-edges', 'cloud.googleapis.com/location': 'us-east1' };
const env = [
  { name: 'A', value: '1' },
  { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'db', key: 'latest' } } },
];
const annotations = { 'run.googleapis.com/cloudsql-instances': 'p:r:i' };

/** As gcloud prints a job that it deployed, shortened. */
const job: KnativeJob = {
  metadata: { name: 'nightly', labels },
  spec: {
    template: {
      metadata: { annotations },
      spec: {
        taskCount: 3,
        parallelism: 2,
        template: {
          spec: {
            serviceAccountName: 'nightly-run@p.iam.gserviceaccount.com',
            maxRetries: 0,
            timeoutSeconds: '60',
            containers: [{ image: 'example.com/nightly', command: ['node', 'a.js'], env }],
          },
        },
      },
    },
  },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};
const pool: KnativeWorkerPool = {
  metadata: { name: 'mailer', labels, annotations: { 'run.googleapis.com/manualInstanceCount': '2' } },
  spec: {
    template: {
      metadata: { annotations },
      spec: { serviceAccountName: 'mailer-run@p', containers: [{ image: 'example.com/mailer', env }] },
    },
  },
  status: { conditions: [{ type: 'Ready', status: 'False', message: 'no image' }] },
};
const both = {
  region: 'us-east1',
  env: { A: '1' },
  secrets: { DATABASE_URL: 'db:latest' },
  cloudSql: 'p:r:i',
  managedBy: 'run-edges',
};

test('reads what a deployment sets of a job', () => {
  expect(readJob(job)).toEqual({
    ...both,
    name: 'nightly',
    image: 'example.com/nightly',
    account: 'nightly-run@p.iam.gserviceaccount.com',
    command: ['node', 'a.js'],
    tasks: 3,
    parallelism: 2,
    maxRetries: 0,
    timeout: 60,
    notReady: undefined,
  });
});

test('and of a worker pool', () => {
  expect(readWorkerPool(pool)).toEqual({
    ...both,
    name: 'mailer',
    image: 'example.com/mailer',
    account: 'mailer-run@p',
    instances: 2,
    notReady: 'no image',
  });
});

test('what says nothing has Cloud Run’s defaults, and is nobody’s', () => {
  const metadata = { name: 'bare' };
  const nothing = { account: '', image: '', env: {}, managedBy: '', notReady: undefined };
  expect(readJob({ metadata })).toMatchObject({ ...nothing, tasks: 1, parallelism: 0, maxRetries: 3, timeout: 600 });
  expect(readWorkerPool({ metadata })).toMatchObject({ ...nothing, instances: 1 });
});

describe('what gcloud prints is looked at', () => {
  test('and taken as it is', () => {
    expect(printed.jobs([job])).toBeUndefined();
    expect(printed.workerPools([pool])).toBeUndefined();
  });

  test.each([
    ['no list', {}],
    ['a job whose name is a flag', [{ metadata: { name: '--help' } }]],
    ['no name', [{ metadata: {} }]],
    [
      'a time that is none',
      [{ ...job, spec: { template: { spec: { template: { spec: { timeoutSeconds: 'soon' } } } } } }],
    ],
    ['a count that is none', [{ ...job, spec: { template: { spec: { taskCount: 'many' } } } }]],
  ])('%s is refused', (_, value) => {
    expect(printed.jobs(value)).toEqual(expect.any(String));
  });
});
