import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNATURE_REMOVED } from '../headers.ts';
import { ALICE, type LocalGoogle, mint, signingKey, startGoogle } from '../testing/google.ts';
import { createVerifier, type Verifier } from './verifier.ts';

/**
 * What is not known of Cloud Run's front end, as far as it matters: mode cloud-run has to be safe behind each of these.
 * All of them check the invoker's token in one header, X-Serverless-Authorization where they see one.
 */
interface FrontEnd {
  /** What Connection names is taken away before the token is looked for, afterwards, or never. */
  readonly nominated: 'before' | 'after' | 'never';
  /** Connection itself reaches the container, and then what it names does, too (a second proxy took no notice). */
  readonly connectionPasses: boolean;
  /** An X-Serverless-Authorization without value counts as one. */
  readonly emptyCounts: boolean;
  /** Of a header sent twice it takes the first, the last, or neither. */
  readonly repeated: 'first' | 'last' | 'refused';
  /** It takes the signature off Authorization, too, when that was the one. */
  readonly stripsAuthorization: boolean;
}

const FRONT_ENDS: readonly FrontEnd[] = (['before', 'after', 'never'] as const).flatMap((nominated) =>
  [true, false].flatMap((connectionPasses) =>
    [true, false].flatMap((emptyCounts) =>
      (['first', 'last', 'refused'] as const).flatMap((repeated) =>
        [true, false].map((stripsAuthorization) => ({
          nominated,
          connectionPasses,
          emptyCounts,
          repeated,
          stripsAuthorization,
        })),
      ),
    ),
  ),
);

interface Request {
  readonly serverless: readonly string[];
  readonly authorization: readonly string[];
  readonly connection: readonly string[];
}

const AUDIENCE = 'https://search.example';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';
const strip = (value: string): string => value.replace(/\.[\w-]*$/, `.${SIGNATURE_REMOVED}`);

let google: LocalGoogle;
let verifier: Verifier;
let alice = '';
let mallory = '';
let forged = '';
beforeAll(async () => {
  google = await startGoogle();
  const stranger = await signingKey(google.key.jwk.kid);
  alice = `Bearer ${await mint(google.key, { aud: AUDIENCE })}`;
  mallory = `Bearer ${await mint(google.key, { aud: AUDIENCE, email: MALLORY })}`;
  forged = `Bearer ${await mint(stranger, { aud: AUDIENCE })}`;
  verifier = createVerifier({
    mode: 'cloud-run',
    audience: AUDIENCE,
    allowedCallers: [ALICE],
    jwksUri: google.jwksUri,
  });
  // What an honest call leaves in memory is no help to another.
  await verifier.verifyHeaders(['x-serverless-authorization', strip(alice)]);
});
afterAll(() => google[Symbol.asyncDispose]());

/** What the container sees of a request; `undefined` when the front end refuses it. */
function pass(front: FrontEnd, { serverless, authorization, connection }: Request): string[] | undefined {
  const isNamed = (name: string): boolean => connection.some((value) => value.split(/,\s*/).includes(name));
  const kept = (name: string, values: readonly string[], when: FrontEnd['nominated'][]): readonly string[] =>
    when.includes(front.nominated) && isNamed(name) ? [] : values;
  const seen = {
    'x-serverless-authorization': kept('x-serverless-authorization', serverless, ['before']),
    authorization: kept('authorization', authorization, ['before']),
  };
  const counts = seen['x-serverless-authorization'].some((value) => front.emptyCounts || value !== '');
  const consumed = counts ? 'x-serverless-authorization' : 'authorization';
  const candidates = seen[consumed];
  if (candidates.length > 1 && front.repeated === 'refused') return undefined;
  const checked = front.repeated === 'first' ? candidates[0] : candidates.at(-1);
  // Both may invoke the receiver; a token with a wrong signature, or without one, nobody's.
  if (checked !== alice && checked !== mallory) return undefined;

  const dropping: FrontEnd['nominated'][] = front.connectionPasses ? [] : ['before', 'after'];
  const passed = kept('x-serverless-authorization', serverless, dropping).map(strip);
  const other = kept('authorization', authorization, dropping).map((value) =>
    consumed === 'authorization' && front.stripsAuthorization ? strip(value) : value,
  );
  return [
    ...passed.flatMap((value) => ['X-Serverless-Authorization', value]),
    ...other.flatMap((value) => ['Authorization', value]),
    ...(front.connectionPasses ? connection.flatMap((value) => ['Connection', value]) : []),
  ];
}

const seenAs = (headers: readonly string[]): Promise<string> =>
  verifier.verifyHeaders(headers).then(
    ({ email }) => email,
    ({ code }) => code,
  );

test('whoever has no token of Alice is not Alice, behind any of these front ends', async () => {
  const values = ['', mallory, strip(mallory), forged, strip(alice)];
  const sent = [[], ...values.map((one) => [one]), ...values.flatMap((one) => values.map((other) => [one, other]))];
  const connections = [
    [],
    ['x-serverless-authorization'],
    ['authorization'],
    ['authorization, x-serverless-authorization'],
  ];
  const mistaken: unknown[] = [];
  const counts = { sent: 0, 'let in by the front end': 0 };
  for (const front of FRONT_ENDS)
    for (const serverless of sent)
      for (const authorization of sent)
        for (const connection of connections) {
          counts.sent += 1;
          const passed = pass(front, { serverless, authorization, connection });
          if (passed === undefined) continue;
          counts['let in by the front end'] += 1;
          if ((await seenAs(passed)) === ALICE) mistaken.push({ front, serverless, authorization, connection });
        }
  console.log(`front ends: ${FRONT_ENDS.length}, attacks: ${JSON.stringify(counts)}`);
  expect(mistaken.slice(0, 5)).toEqual([]);
  expect(counts['let in by the front end']).toBeGreaterThan(10_000);
});

test('Alice is Alice behind each of them', async () => {
  for (const front of FRONT_ENDS)
    for (const authorization of [[], [''], ['Bearer a-person'], [mallory], [strip(mallory)], [alice]]) {
      const passed = pass(front, { serverless: [alice], authorization, connection: ['keep-alive'] });
      expect(await seenAs(passed ?? [])).toBe(ALICE);
    }
});

test('in Authorization alone, where the front end leaves the signature; else she is told to use the other', async () => {
  for (const front of FRONT_ENDS) {
    const passed = pass(front, { serverless: [], authorization: [alice], connection: [] });
    expect(await seenAs(passed ?? [])).toBe(front.stripsAuthorization ? 'RUN_AUTH_STRIPPED_NOT_VOUCHED' : ALICE);
  }
});
