import { expect } from 'vitest';

/** What a program prints of each of its steps: the programs of all languages tell the same stories. */
export type Said = Readonly<Record<string, unknown>>;

/** A list that came in pages: how many the fullest had, and all that they held, sorted. */
const pages = (most: number, ...some: readonly string[]): object => ({
  most,
  all: expect.toSatisfy(
    (all: readonly string[]) => {
      return new Set(all).size === all.length && some.every((one) => all.includes(one));
    },
    `each once, with ${some.join(', ')} among them`,
  ),
});

/** The IAM API: an account with its key and policy, custom roles, questions about permissions, workload identity pools. */
export function expectIam(said: Said, project: string): void {
  const email = `clerk-run@${project}.iam.gserviceaccount.com`;
  const login = `login-run@${project}.iam.gserviceaccount.com`;
  const roles = (...ids: readonly string[]) => ids.map((id) => `projects/${project}/roles/${id}`);
  const pools = (...ids: readonly string[]) =>
    ids.map((id) =>
      expect.stringMatching(new RegExp(`^projects/[\\w-]+/locations/global/workloadIdentityPools/${id}$`)),
    );
  expect(said).toEqual({
    created: { email, displayName: 'Clerk', description: 'keeps the books' },
    exists: 409,
    listed: pages(2, email, login),
    noPage: 400,
    masked: { displayName: 'Clerk', description: '' },
    updated: { displayName: 'Head clerk', description: '' },
    disabled: [true, false],
    key: {
      file: email,
      listed: true,
      certificate: '-----BEGIN CERTIFICATE-----',
      disabled: [true, false],
      deleted: 404,
    },
    policy: {
      bindings: [{ role: 'roles/iam.serviceAccountUser', members: [`serviceAccount:${email}`] }],
      held: ['iam.serviceAccounts.delete', 'iam.serviceAccounts.get'],
    },
    deleted: 404,
    undeleted: email,
    role: {
      masked: { title: 'Bookkeeper', includedPermissions: ['run.services.get'] },
      deleted: true,
      listed: { most: 2, all: roles('auditor', 'bookkeeper', 'cashier') },
      left: { most: 2, all: roles('auditor', 'cashier') },
      undeleted: false,
      invoker: ['run.jobs.run', 'run.routes.invoke'],
    },
    questions: { grantable: true, testable: true },
    pool: {
      operation: [true, expect.stringMatching(/^type\.googleapis\.com\/.*\.WorkloadIdentityPool$/), 'ACTIVE'],
      listed: { most: 2, all: pools('first-pool', 'second-pool', 'third-pool') },
      masked: { displayName: 'Pool', description: '' },
      issuer: 'https://issuer.example',
      deleted: 'DELETED',
      left: { most: 2, all: pools('first-pool', 'second-pool') },
      withDeleted: { most: 2, all: pools('first-pool', 'second-pool', 'third-pool') },
      undeleted: 'ACTIVE',
    },
  });
}

/** The Service Usage API: its operations are awaited by the library's own futures. */
export function expectServiceUsage(said: Said): void {
  const secrets = (state: string) => ['secretmanager.googleapis.com', state];
  const both = [['firestore.googleapis.com', 'ENABLED'], secrets('ENABLED')];
  expect(said).toEqual({
    before: secrets('DISABLED'),
    enabled: secrets('ENABLED'),
    batch: both,
    several: both,
    listed: pages(
      2,
      'firestore.googleapis.com',
      'iam.googleapis.com',
      'run.googleapis.com',
      'secretmanager.googleapis.com',
    ),
    disabled: secrets('DISABLED'),
    left: false,
    notEnabled: 400,
  });
}

/** Cloud Run's v2 API: a service, its revisions and its policy; operations are awaited by the library's own futures. */
export function expectRun(said: Said, parent: string): void {
  const service = (id: string) => `${parent}/services/${id}`;
  const [, project] = parent.split('/');
  expect(said).toEqual({
    created: [service('books'), 'CONDITION_SUCCEEDED', 'INGRESS_TRAFFIC_ALL'],
    exists: 409,
    listed: pages(1, service('books'), service('login'), service('search')),
    noPage: 400,
    masked: ['loans', 'lends books'],
    noField: 400,
    updated: ['login'],
    failed: expect.stringContaining("Image 'nothing' not found"),
    revisions: 3,
    revisionDeleted: 404,
    invokers: [`serviceAccount:login-run@${project}.iam.gserviceaccount.com`],
    held: ['run.routes.invoke', 'run.services.get'],
    deleted: 404,
  });
}
