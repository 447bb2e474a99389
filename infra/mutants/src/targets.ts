import { dirname } from 'node:path';

const auth = 'packages/auth/src';
const emulator = 'packages/emulator/src';

const files = [
  ...['compact', 'options', 'own'].map((name) => `${auth}/${name}.ts`),
  ...['bearer', 'claims', 'describe', 'json-object', 'key-store', 'options', 'presets', 'protected-header'].map(
    (name) => `${auth}/inbound/${name}.ts`,
  ),
  ...['allowance', 'key-set', 'sent-token', 'token', 'verified-tokens', 'verifier'].map(
    (name) => `${auth}/inbound/${name}.ts`,
  ),
  ...['plugin', 'route-callers'].map((name) => `${auth}/fastify/${name}.ts`),
  ...['dispatcher-origin', 'relayed', 'token-slot'].map((name) => `${auth}/outbound/${name}.ts`),
  ...['audience', 'authorize', 'caller', 'credentials', 'id-token-check', 'ingress'].map(
    (name) => `${emulator}/gate/${name}.ts`,
  ),
  ...['remembered-invokers', 'verified-tokens'].map((name) => `${emulator}/gate/${name}.ts`),
  ...['conditions', 'expression', 'groups', 'iam', 'policy', 'policy-problem', 'policy-store'].map(
    (name) => `${emulator}/iam/${name}.ts`,
  ),
  ...['regular-expression', 'roles'].map((name) => `${emulator}/iam/${name}.ts`),
];

/** What a test of its own guards alone, and what has its tests elsewhere than in its folder. */
const own: Readonly<Record<string, readonly string[]>> = {
  [`${auth}/compact.ts`]: [`${auth}/compact.test.ts`],
  [`${auth}/options.ts`]: [`${auth}/options.test.ts`],
  [`${auth}/own.ts`]: [`${auth}/inbound/claims.test.ts`, `${auth}/options.test.ts`],
  ...Object.fromEntries(
    ['bearer', 'claims', 'json-object', 'key-set', 'verified-tokens'].map((name) => [
      `${auth}/inbound/${name}.ts`,
      [`${auth}/inbound/${name}.test.ts`],
    ]),
  ),
  [`${auth}/inbound/options.ts`]: [`${auth}/options.test.ts`, `${auth}/inbound/options.test.ts`],
  [`${auth}/outbound/token-slot.ts`]: [`${auth}/outbound/token-slot.test.ts`],
  [`${auth}/outbound/relayed.ts`]: [`${auth}/outbound/attach.test.ts`],
};

/** The files that decide, each with the tests that must notice when it is broken: its own, or all of its folder. */
export const targets: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  files.map((file) => [file, own[file] ?? [`${dirname(file)}/*.test.ts`]]),
);
