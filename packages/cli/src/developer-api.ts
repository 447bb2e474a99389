import { randomBytes } from 'node:crypto';
import { developerProof, isDeveloperProof, provenTexts } from '@run-edges/emulator';
import { answers } from './emulator-answers.ts';
import { askEmulator, exchange, parsed, TargetError, understood } from './emulator-api.ts';
import { readToken } from './env/developer-token.ts';
import type { Shape } from './shape.ts';

/** What an emulator refuses the developer, in its own words. */
export class RefusedError extends TargetError {}

/**
 * Asks an emulator as the developer, by a proof of the token: the token itself goes nowhere, and what is asked nowhere but
 * to who has proven to know it. Who hands it on to an emulator at another address of this machine is refused there; elsewhere
 * who stands between learns this one answer, and can change neither it nor what is asked.
 * @param token default: the one that is kept here for this address
 * @throws TargetError when what answers there does not know the token
 * @throws RefusedError
 */
export async function askAsDeveloper<T>(
  api: string,
  path: string,
  shape: Shape<T>,
  body?: object,
  token = readToken(api),
): Promise<T> {
  const challenge = await askChallenge(api, token);
  const { host } = new URL(api);
  const asked = provenTexts.request(challenge, host, body === undefined ? 'GET' : 'POST', path, body);
  const authorization = `RunEdges ${challenge}.${developerProof(token, asked)}`;
  const answer = await exchange(api, path, body, { authorization });
  const { status, headers, text } = answer;
  if (!isDeveloperProof(headers.get('run-edges-proof') ?? '', token, provenTexts.answer(challenge, status, text)))
    throw new TargetError(
      `What answers at ${api} does not know the developer's token: its answer is not proven (${status} at ${path}).`,
      ANOTHER_TOKEN_MEND,
    );
  const refused = status === 403 ? refusalOf(text) : undefined;
  if (refused !== undefined) throw new RefusedError(refused, 'See who calls at /run-edges/v1/callers.');
  return understood(api, path, shape, answer);
}

const ANOTHER_TOKEN_MEND =
  'Name the emulator as run-edges up prints it, as the user who started it; where RUN_EDGES_TOKEN is set, it must be the same for both.';

/** @throws TargetError */
async function askChallenge(api: string, token: string): Promise<string> {
  const nonce = randomBytes(16).toString('base64url');
  const path = `/run-edges/v1/challenge?nonce=${nonce}`;
  const { challenge, proof } = await askEmulator(api, path, answers.challenge);
  if (isDeveloperProof(proof, token, provenTexts.challenge(nonce, challenge))) return challenge;
  throw new TargetError(
    `What answers at ${api} has another token for the developer, or is no emulator of yours: it is told nothing.`,
    ANOTHER_TOKEN_MEND,
  );
}

function refusalOf(text: string): string | undefined {
  const { error } = (parsed(text)?.value ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : undefined;
}
