/** The files that decide, each with the tests that must notice when it is broken: names from the repository's root. */
export type Targets = Readonly<Record<string, readonly string[]>>;

const ALL_OF_ROOM = ['*'];

export const targets: Targets = {
  ...room('packages/auth/src', {
    allowance: ['inbound/key-store', 'outbound/refused-token'],
    compact: ['compact'],
    options: ['options'],
    own: ['own'],
  }),
  ...room('packages/auth/src/inbound', {
    bearer: ['bearer'],
    claims: ['claims'],
    describe: ['describe'],
    'json-object': ['json-object'],
    'key-set': ['key-set', 'key-store'],
    'key-store': ['key-store', 'key-store-fetches'],
    options: ['options', '../options'],
    presets: ['options', '../options'],
    'protected-header': ['protected-header'],
    'sent-token': ['sent-token'],
    token: ['token'],
    'verified-tokens': ['verified-tokens'],
    verifier: ['attack', 'key-store', 'verifier'],
  }),
  ...room('packages/auth/src/guard', {
    gatekeeper: ['attacks', 'gatekeeper'],
    middleware: ['attacks', 'preflight'],
    preflight: ['../fastify/cors', 'preflight'],
    refusal: ['../fastify/plugin', 'attacks'],
    'route-callers': ['../fastify/plugin', '../fastify/reach', '../nest/guard'],
  }),
  ...room('packages/auth/src/fastify', { cors: ['cors'], plugin: ALL_OF_ROOM }),
  ...room('packages/auth/src/outbound', {
    deadline: ['deadline'],
    'dispatcher-origin': ['origin'],
    relayed: ['relayed'],
    'token-slot': ['clocks', 'refused-token', 'token-slot'],
  }),
  ...room('packages/emulator/src/run/gate', {
    audience: ['audience'],
    authorize: ['verdict'],
    caller: ['caller'],
    credentials: ['credential*'],
    'id-token-check': ['verdict'],
    ingress: ['ingress'],
    'remembered-invokers': ['invokers'],
    'verified-tokens': ['signatures', 'verified-tokens'],
  }),
  ...room('packages/emulator/src/iam/conditions', {
    conditions: ['conditions', 'expression'],
    expression: ['conditions', 'expression'],
    'regular-expression': ['regular-expression'],
  }),
  ...room('packages/emulator/src/iam/policies', {
    groups: ['groups', 'policy-names'],
    iam: ['granted'],
    policy: ['granted'],
    'policy-problem': ['policy-names'],
    'policy-store': ['policy-store', 'policy-writes'],
  }),
  ...room('packages/emulator/src/iam/roles', { roles: ['roles'] }),
};

/** Those that were broken as a whole and left nothing alive: what a sample is drawn from. */
export const proved: readonly string[] = [
  ...['deadline', 'relayed'].map((name) => `packages/auth/src/outbound/${name}.ts`),
  ...[
    'bearer',
    'claims',
    'describe',
    'json-object',
    'protected-header',
    'sent-token',
    'token',
    'verified-tokens',
    'verifier',
  ].map((name) => `packages/auth/src/inbound/${name}.ts`),
  ...['conditions', 'regular-expression'].map((name) => `packages/emulator/src/iam/conditions/${name}.ts`),
  'packages/emulator/src/iam/roles/roles.ts',
  ...[
    'audience',
    'authorize',
    'caller',
    'credentials',
    'id-token-check',
    'ingress',
    'remembered-invokers',
    'verified-tokens',
  ].map((name) => `packages/emulator/src/run/gate/${name}.ts`),
  ...['groups', 'iam', 'policy-problem', 'policy-store'].map((name) => `packages/emulator/src/iam/policies/${name}.ts`),
];

/** Files of a folder, and their tests from there. */
function room(folder: string, files: Targets): Targets {
  return Object.fromEntries(
    Object.entries(files).map(([file, tests]) => [
      `${folder}/${file}.ts`,
      tests.map((test) => new URL(`${test}.test.ts`, `file:///${folder}/`).pathname.slice(1)),
    ]),
  );
}
