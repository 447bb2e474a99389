import { matrix, parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import { asDeployments, deploymentsOf } from './deployments.ts';

const declaration = parseDeclaration(
  `services:
  front: { public: true, calls: [back], regions: [us-east1, europe-west1] }
  back: { regions: [europe-west1, us-east1] }
  one: { calls: [{ to: back, paths: [/x/*] }], regions: [us-east1] }
jobs:
  nightly: { image: example.com/nightly, calls: [back, one] }
`,
  'edges.yaml',
);
const deployments = deploymentsOf(declaration, 'us-central1');

test('a service in several regions has a name in each, one in one its own', () => {
  expect(deployments.map(({ name, region }) => `${name}: ${region}`)).toEqual([
    'front (us-east1): us-east1',
    'front (europe-west1): europe-west1',
    'back (europe-west1): europe-west1',
    'back (us-east1): us-east1',
    'one: us-east1',
  ]);
  expect(deploymentsOf(parseDeclaration('services:\n  app: {}\n', 'edges.yaml'), 'us-central1')).toEqual([
    { name: 'app', service: 'app', region: 'us-central1' },
  ]);
});

test('whoever may call a service may call it in each region, within the same limits', () => {
  const cells = matrix(asDeployments(declaration, deployments)).filter(({ receiver }) => receiver.startsWith('back'));
  const allowed = cells.filter(({ expected }) => expected === 'allowed');
  expect(allowed.map(({ caller, receiver, path = '' }) => `${caller} -> ${receiver} ${path}`.trim())).toEqual([
    'front (us-east1) -> back (europe-west1)',
    'front (us-east1) -> back (us-east1)',
    'front (europe-west1) -> back (europe-west1)',
    'front (europe-west1) -> back (us-east1)',
    'one -> back (europe-west1) /x/',
    'one -> back (us-east1) /x/',
    'nightly -> back (europe-west1)',
    'nightly -> back (us-east1)',
  ]);
});

test('what has no regions is as it was', () => {
  const plain = parseDeclaration('services:\n  front: { calls: [back] }\n  back: {}\n', 'edges.yaml');
  expect(matrix(asDeployments(plain, deploymentsOf(plain, 'us-central1')))).toEqual(matrix(plain));
});
