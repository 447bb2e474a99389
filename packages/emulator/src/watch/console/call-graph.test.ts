import { parseDeclaration } from '@run-edges/edges';
import { describe, expect, test } from 'vitest';
import type { ListedEdge } from '../routes/edge-routes.ts';
import { about, callGraph, kindsOf } from './call-graph.ts';
import { layout } from './layout.ts';

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
    expect(callGraph(declaration, listed({}, ['back'])).nodes).toEqual(['front', 'back']);
  });

  test('a service that no declaration names has what its policy says', () => {
    expect(drawn({ 'back other': 'domain:example.com' }, ['other'])).toEqual(['back > other, undeclared']);
  });
});

describe('the part of a graph about somebody', () => {
  const edge = (caller: string, receiver: string) => ({ caller, receiver, declared: true, granted: true });
  const graph = {
    nodes: ['anonymous', 'web', 'api', 'api-store', 'mail', 'alone'],
    edges: [edge('anonymous', 'web'), edge('web', 'api'), edge('api', 'api-store'), edge('mail', 'api-store')],
  };

  test.each([
    ['api', ['web', 'api', 'api-store'], 'who has the name, and not who has it in theirs'],
    ['store', ['api', 'api-store', 'mail'], 'who has the text in the name'],
    ['a', ['anonymous', 'web', 'api', 'api-store', 'mail', 'alone'], 'several'],
    ['alone', ['alone'], 'whom nobody calls'],
    ['API', [], 'nobody: names are in small letters'],
    ['nobody', [], 'nobody'],
  ])('%s: %j, %s', (text, nodes) => {
    const part = about(graph, text);
    expect(part.nodes).toEqual(nodes);
    expect(part.edges).toEqual(
      graph.edges.filter(({ caller, receiver }) => nodes.includes(caller) && nodes.includes(receiver)),
    );
  });
});

describe('the picture', () => {
  const everybody = parseDeclaration(
    `services: { front: { public: true, calls: [payments] } }
jobs: { nightly: { source: jobs/nightly, calls: [front] } }
workerPools: { mailer: { source: mailer, calls: [front] } }
principals: { support: { member: 'group:support@example.com', calls: [front] } }
external: { payments: { url: https://payments.example.com } }
`,
    'edges.yaml',
  );

  test('says of which kind everybody is who is no service', () => {
    const kinds = kindsOf(everybody);
    expect(Object.fromEntries(kinds)).toEqual({
      nightly: 'job',
      mailer: 'workerPool',
      support: 'principal',
      payments: 'external',
    });
    const { nodes } = layout({ nodes: ['anonymous', 'front', 'nightly', 'payments'], edges: [] }, kinds);
    expect(nodes.map(({ name, kind }) => [name, kind])).toEqual([
      ['anonymous', undefined],
      ['front', undefined],
      ['nightly', 'job'],
      ['payments', 'external'],
    ]);
  });

  test('has the two ends of a long name, and of others all', () => {
    const long = `checkout-store-${'x'.repeat(27)}-archive`;
    const [first, second] = layout({ nodes: [long, 'a-name-of-28-letters-exactly'], edges: [] }).nodes;
    expect([first?.name, first?.label]).toEqual([long, 'checkout-store…xxxxx-archive']);
    expect(second?.label).toBe('a-name-of-28-letters-exactly');
    expect(first?.width).toBe(second?.width);
  });

  test('of many lies down, so that names stand beside those whom they call', () => {
    const names = Array.from({ length: 13 }, (_, at) => `service-${at}`);
    const edges = names.slice(1).map((receiver) => ({ caller: 'service-0', receiver, declared: true, granted: true }));
    const [caller, ...receivers] = layout({ nodes: names, edges }).nodes;
    for (const { x } of receivers) expect(x).toBeGreaterThan(caller?.x ?? Number.NaN);
    const [above, below] = layout({ nodes: names.slice(0, 2), edges: edges.slice(0, 1) }).nodes;
    expect(above?.x).toBe(below?.x);
    expect(above?.y).toBeLessThan(below?.y ?? 0);
  });
});
