import { parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import type { Gcloud } from '../gcloud/gcloud.ts';
import { type FailureKind, GcloudError } from '../gcloud/gcloud-error.ts';
import { findDeployed } from './find.ts';

const metadata = (name: string, region: string, managedBy = 'run-edges') => ({
  metadata: { name, labels: { 'managed-by': managedBy, 'cloud.googleapis.com/location': region } },
});
const service = (name: string, region: string) => ({
  ...metadata(name, region),
  spec: { template: { spec: { serviceAccountName: `${name}-run@demo.iam.gserviceaccount.com` } } },
});

/** A project with these, where listing some fails. */
function gcloudWith(answers: Readonly<Record<string, object[]>>, failing: Readonly<Record<string, FailureKind>> = {}) {
  const gcloud: Gcloud = {
    run: async () => 'run.googleapis.com\niam.googleapis.com\n',
    json: async <T>(args: readonly string[]) => {
      const what = args.slice(0, args.indexOf('list')).join(' ');
      const kind = failing[what];
      if (kind !== undefined) throw new GcloudError({ kind, message: 'it failed', mend: '' }, '');
      return (answers[what] ?? []) as T;
    },
  };
  return gcloud;
}

const declaration = parseDeclaration(
  'services:\n  front: { regions: [us-central1, us-east1] }\njobs:\n  nightly: { image: example.com/a, regions: [us-east1] }\n',
  'edges.yaml',
);
const where = { project: 'demo-project', region: 'us-central1' };
const named = (all: readonly { name: string; region: string }[]) => all.map(({ name, region }) => `${name} ${region}`);

test('all of the region is meant, and of others what the declaration puts there', async () => {
  const there = {
    'run services': [
      service('front', 'us-central1'),
      service('front', 'us-east1'),
      service('front', 'europe-west1'),
      service('removed', 'us-central1'),
      service('removed', 'us-east1'),
    ],
    'run jobs': [metadata('nightly', 'us-east1'), metadata('nightly', 'us-central1'), metadata('other', 'us-east1')],
    'beta run worker-pools': [metadata('mailer', 'us-central1'), metadata('mailer', 'us-east1')],
  };
  const found = await findDeployed(gcloudWith(there), { ...where, declaration });
  expect(named(found.services)).toEqual(['front us-central1', 'front us-east1', 'removed us-central1']);
  expect(named(found.jobs)).toEqual(['nightly us-east1', 'nightly us-central1']);
  expect(named(found.workerPools)).toEqual(['mailer us-central1']);
  expect(found.accountsElsewhere).toContain('front-run@demo.iam.gserviceaccount.com');

  const without = await findDeployed(gcloudWith(there), { ...where, declaration: undefined });
  expect(named(without.services)).toEqual(['front us-central1', 'removed us-central1']);
});

test.each(['unknown', 'not-found'] as const)('a gcloud that knows no worker pools (%s) has made none', async (kind) => {
  const gcloud = gcloudWith({}, { 'beta run worker-pools': kind, 'run jobs': kind });
  expect(await findDeployed(gcloud, { ...where, declaration })).toMatchObject({ jobs: [], workerPools: [] });
});

test('who may not look takes nothing away', async () => {
  const gcloud = gcloudWith({}, { 'run jobs': 'no-permission' });
  await expect(findDeployed(gcloud, { ...where, declaration })).rejects.toThrow('it failed');
});
