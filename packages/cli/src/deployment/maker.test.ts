import { parseDeclaration } from '@run-edges/edges';
import { expect, test } from 'vitest';
import { howToDeploy, howToTest, makerOf } from './maker.ts';

const declaration = parseDeclaration('services:\n  front: { calls: [back] }\n  back: {}\n', 'edges.yaml');
const at = { project: 'demo-project', region: 'europe-west1' };
const email = 'front-run@demo-project.iam.gserviceaccount.com';
const live = (front: string, back: string, other = '') => [
  { name: 'front', managedBy: front },
  { name: 'back', managedBy: back },
  { name: 'not-declared', managedBy: other },
];

test('deploy made what carries its mark, and whoever else made one of them is the maker to ask', () => {
  expect(makerOf(declaration, [])).toBe('deploy');
  expect(makerOf(declaration, live('run-edges', 'run-edges', 'terraform'))).toBe('deploy');
  expect(makerOf(declaration, live('terraform', 'terraform'))).toBe('terraform');
  expect(makerOf(declaration, live('run-edges', 'terraform'))).toBe('terraform');
  expect(makerOf(declaration, live('terraform', ''))).toBe('somebody else');
  expect(makerOf(declaration, live('pulumi', 'run-edges'))).toBe('somebody else');
});

test('a tester is granted by who made the accounts', () => {
  expect(howToTest('terraform', email, at)).toMatch(/testers .*terraform apply/);
  expect(howToTest('terraform', email, at)).not.toContain('run-edges');
  expect(howToTest('deploy', email, at)).toContain(
    'run-edges deploy --project demo-project --region europe-west1 --tester "user:$(gcloud config get account)"',
  );
  const byHand = howToTest('somebody else', email, at);
  expect(byHand).toContain(`gcloud iam service-accounts add-iam-policy-binding ${email} `);
  expect(byHand).not.toContain('run-edges');
});

test('what is missing is deployed by who made the others', () => {
  expect(howToDeploy('terraform', at)).toBe('terraform apply');
  expect(howToDeploy('deploy', at)).toBe('run-edges deploy --project demo-project --region europe-west1');
  expect(howToDeploy('somebody else', at)).toMatch(/--adopt$/);
});
