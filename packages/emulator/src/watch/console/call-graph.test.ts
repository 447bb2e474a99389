import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { ListedEdge } from '../routes/edge-routes.ts';
import { callGraph } from './call-graph.ts';

const declaration = parseDeclaration(
  `services:
  front: { public: true, calls: [back] }
  back: {}
`,
  'edges.yaml',
);
const callers = ['anonymous', 'front', 'back', 'stranger'];
/** As a policy that grants what `granted` names (`caller receiver`) has it. */
const listed = (granted: Record<string, string>, receivers = ['front', 'back']): ListedEdge[] =>
  receivers.flatMap((receiver) =>
    callers.map((caller) => ({ caller, receiver, by: granted[`${caller} ${receiver}`] ?? null })),
  );
const openFront = Object.fromEntries(callers.map((caller) => [`${caller} front`, 'allUsers']));
const drawn = (granted: Record<string, string>, receivers?: string[]) =>
  callGraph(declaration, listed(granted, receivers)).edges.map(
    ({ caller, receiver, declared, granted }) =>
      `${caller} > ${receiver}${declared ? '' : ', undeclared'}${granted ? '' : ', missing'}`,
  );

describe('the call graph', () => {
  test('what is open to everybody has one line', () => {
    expect(drawn({ ...openFront, 'front back': 'serviceAccount:front' })).toEqual([
      'anonymous > front',
      'front > back',
    ]);
  });

  test('what is declared and not granted is drawn, what is neither is not', () => {
    expect(drawn({})).toEqual(['anonymous > front, missing', 'front > back, missing']);
  });

  test('what is granted and not declared is drawn', () => {
    expect(drawn({ ...openFront, 'back back': 'serviceAccount:back', 'stranger back': 'serviceAccount:s' })).toEqual([
      'anonymous > front',
      'front > back, missing',
      'back > back, undeclared',
      'stranger > back, undeclared',
    ]);
  });

  test('callers from outside are shown where somebody lets them in, above the services', () => {
    expect(callGraph(declaration, listed({ 'stranger back': 'serviceAccount:s' })).nodes).toEqual([
      'anonymous',
      'stranger',
      'front',
      'back',
    ]);
    expect(callGraph(declaration, listed({}, ['back'])).nodes).toEqual(['back']);
  });

  test('a service that no declaration names has what its policy says', () => {
    expect(drawn({ 'back other': 'domain:example.com' }, ['other'])).toEqual(['back > other, undeclared']);
  });
});
