import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { SIGNATURE_REMOVED, type TokenHeader } from '../headers.ts';
import { ALICE, type LocalGoogle, mint, signingKey, startGoogle } from '../testing/google.ts';
import type { VerifierMode, VerifierOptions } from './options.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const AUDIENCE = 'https://search.example';
const MALLORY = 'mallory-run@demo.iam.gserviceaccount.com';

/** What one header can hold. Alice may call, Mallory may not; whoever can write a text can write a stripped token. */
const CONTENTS = [
  'empty',
  'no Bearer',
  'whole',
  'forged',
  'stripped',
  'whole of Mallory',
  'stripped of Mallory',
] as const;
type Content = (typeof CONTENTS)[number];

/** A header is absent, sent once, or sent twice. */
type Sent = readonly Content[];
const SENT: readonly Sent[] = [
  [],
  ...CONTENTS.map((one) => [one]),
  ...CONTENTS.flatMap((one) => CONTENTS.map((other) => [one, other])),
];

const MODES: readonly VerifierMode[] = ['signature', 'cloud-run'];
const PUBLIC = [undefined, false, true];
const HEADERS: readonly (TokenHeader | undefined)[] = [undefined, 'authorization', 'x-serverless-authorization'];

interface Making {
  readonly mode: VerifierMode;
  readonly public: boolean | undefined;
  readonly header: TokenHeader | undefined;
}
const MAKINGS: readonly Making[] = MODES.flatMap((mode) =>
  PUBLIC.flatMap((isPublic) => HEADERS.map((header) => ({ mode, public: isPublic, header }))),
);

let google: LocalGoogle;
let values: Readonly<Record<Content, string>>;
beforeAll(async () => {
  google = await startGoogle();
  const stranger = await signingKey(google.key.jwk.kid);
  const [whole, forged, mallory] = await Promise.all([
    mint(google.key, { aud: AUDIENCE }),
    mint(stranger, { aud: AUDIENCE }),
    mint(google.key, { aud: AUDIENCE, email: MALLORY }),
  ]);
  const strip = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}${SIGNATURE_REMOVED}`;
  values = {
    empty: '',
    'no Bearer': 'Basic YTpi',
    whole: `Bearer ${whole}`,
    forged: `Bearer ${forged}`,
    stripped: `Bearer ${strip(whole)}`,
    'whole of Mallory': `Bearer ${mallory}`,
    'stripped of Mallory': `Bearer ${strip(mallory)}`,
  };
});
afterAll(() => google[Symbol.asyncDispose]());

const make = (making: Making): Verifier => {
  const chosen = Object.fromEntries(Object.entries(making).filter(([, value]) => value !== undefined));
  const options = { audience: AUDIENCE, allowedCallers: [ALICE], jwksUri: google.jwksUri, ...chosen };
  return createVerifier(options as unknown as VerifierOptions);
};

/** Mode cloud-run reads what the front end consumed, and knows a front end that consumes nothing no more than a choice. */
const isMade = ({ mode, public: isPublic, header }: Making): boolean =>
  mode === 'signature' || (isPublic !== true && header === undefined);

/** Whether Alice is believed to call: never by a text that needs no signature, but where the front end left it. */
function isAlice({ mode, header }: Making, serverless: Sent, authorization: Sent): boolean {
  const front = mode === 'cloud-run' && serverless.length > 0;
  const read = front || header === 'x-serverless-authorization' ? serverless : authorization;
  if (read.length !== 1) return false;
  return read[0] === 'whole' || (front && read[0] === 'stripped');
}

/** The headers of a request, in either order and case. */
function rawHeaders(serverless: Sent, authorization: Sent, variant: number): string[] {
  const lower = variant % 2 === 0;
  const named = (name: string, sent: Sent): string[] =>
    sent.flatMap((content) => [lower ? name.toLowerCase() : name, values[content]]);
  const headers = [named('X-Serverless-Authorization', serverless), named('Authorization', authorization)];
  return ['Host', 'search.example', ...(variant % 4 < 2 ? headers : headers.reverse()).flat(), 'Accept', '*/*'];
}

test('the truth table of mode, public, header, and what the two headers hold', { timeout: 120_000 }, async () => {
  const counts = { combinations: 0, 'not made': 0, accepted: 0, refused: 0 };
  const wrong: unknown[] = [];
  for (const making of MAKINGS) {
    const verifier = isMade(making) ? make(making) : undefined;
    if (verifier === undefined) expect(() => make(making), JSON.stringify(making)).toThrow(ConfigError);
    for (const serverless of SENT)
      for (const authorization of SENT) {
        counts.combinations += 1;
        if (verifier === undefined) {
          counts['not made'] += 1;
          continue;
        }
        const headers = rawHeaders(serverless, authorization, counts.combinations);
        const outcome = await verifier.verifyHeaders(headers).then(
          ({ email }) => email,
          ({ code }) => code,
        );
        const remembered = verifier.peek(headers)?.email;
        const right = isAlice(making, serverless, authorization);
        counts[right ? 'accepted' : 'refused'] += 1;
        const fits = right ? outcome === ALICE : /^RUN_AUTH_/.test(outcome);
        if (!fits || remembered !== (right ? ALICE : undefined))
          wrong.push({ ...making, serverless, authorization, right, outcome, remembered });
      }
  }
  console.log(`truth table: ${JSON.stringify(counts)}`);
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(counts).toEqual({
    combinations: 2 * 3 * 3 * 57 * 57,
    'not made': 7 * 57 * 57,
    // Signature: each header alone decides, whatever the other holds. Cloud-run: 2 kinds in the first, 1 in the second.
    accepted: 9 * 57 + 2 * (2 * 57 + 1),
    refused: 9 * (57 * 57 - 57) + 2 * (57 * 57 - 2 * 57 - 1),
  });
});
