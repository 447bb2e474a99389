import { shellWord } from '@run-edges/edges';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { isGcloud } from '../../identity/tokens/user-credentials.ts';
import { type AudienceFacts, audienceMistake } from '../../run/gate/audience-mistake.ts';
import { issuerMistake } from '../../run/gate/foreign-issuer.ts';
import type { Mistake } from '../../run/gate/mistake.ts';

export interface TokenFacts extends AudienceFacts {
  readonly public: boolean;
  readonly acceptsAudience: (audience: string) => boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

const REMOVED = 'SIGNATURE_REMOVED_BY_GOOGLE';

/**
 * What is wrong with a token as far as it can be read, the gravest first; empty when nothing is. The signature is not
 * checked: whatever the token says may be a lie.
 */
export function tokenMistakes(token: string, facts: TokenFacts): Mistake[] {
  const ask = `Get an ID token: getIdTokenClient("${facts.audience}"), or gcloud auth print-identity-token ${shellWord(`--audiences=${facts.audience}`)}`;
  if (token.startsWith('ya29.') || !token.includes('.'))
    return [{ reason: 'this is an OAuth access token; Cloud Run wants an ID token', mend: ask }];
  if (/^bearer\s/i.test(token))
    return [{ reason: 'this is a whole header value', mend: 'Give what follows "Bearer".' }];
  const [header, claims] = read(token);
  if (header === undefined || claims === undefined) return [{ reason: 'this is no JSON Web Token', mend: ask }];
  return [
    ...strippedMistake(token, facts),
    ...issuerMistake(claims, ask),
    ...userMistake(claims, facts),
    ...algorithmMistake(header, ask),
    ...audienceMistakes(claims, facts),
    ...timeMistakes(claims, facts, ask),
  ];
}

function read(token: string): [{ alg?: string } | undefined, JWTPayload | undefined] {
  try {
    return [decodeProtectedHeader(token), decodeJwt(token)];
  } catch {
    return [undefined, undefined];
  }
}

function strippedMistake(token: string, facts: TokenFacts): Mistake[] {
  if (!token.endsWith(`.${REMOVED}`)) return [];
  const reason = facts.public
    ? `its signature was removed by Cloud Run, and ${facts.service} is public: nobody verified these claims, and anybody can forge them`
    : 'its signature was removed by Cloud Run, which consumed it: it cannot be verified nor sent on';
  return [
    {
      reason,
      mend: 'Read it in mode "cloud-run" behind the gate, send a second token in Authorization to verify, and get an own token for an own call.',
    },
  ];
}

function userMistake({ aud, email, azp }: JWTPayload, facts: TokenFacts): Mistake[] {
  if (!isGcloud(aud) || azp !== aud || typeof email !== 'string') return [];
  return [
    {
      reason: `this is ${email}'s own token by gcloud, which is the user and not the service; user credentials cannot make a token for an audience`,
      mend: `Impersonate the service's account (gcloud auth print-identity-token --impersonate-service-account=EMAIL ${shellWord(`--audiences=${facts.audience}`)}), run under its metadata server, or let user:${email} in.`,
      status: 403,
    },
  ];
}

function algorithmMistake({ alg }: { alg?: string }, ask: string): Mistake[] {
  if (alg === 'RS256') return [];
  return [{ reason: `it is signed with ${JSON.stringify(alg ?? null)}; Google signs with RS256`, mend: ask }];
}

function audienceMistakes({ aud, azp }: JWTPayload, facts: TokenFacts): Mistake[] {
  if (isGcloud(aud)) return azp === aud ? [] : [audienceMistake(`${aud}`, facts)];
  if (typeof aud === 'string') return facts.acceptsAudience(aud) ? [] : [audienceMistake(aud, facts)];
  return [{ reason: 'it has no single audience', mend: `Use the audience ${facts.audience}.` }];
}

function timeMistakes({ exp, iat }: JWTPayload, { now }: TokenFacts, ask: string): Mistake[] {
  if (exp !== undefined && exp <= now)
    return [
      {
        reason: `it expired ${now - exp} s ago`,
        mend: `Tokens live for an hour; fetch one before each call or use a client that does. ${ask}`,
      },
    ];
  if (iat !== undefined && iat > now + 60)
    return [
      { reason: `it is issued ${iat - now} s in the future`, mend: 'Set the clock of the machine that made it.' },
    ];
  return [];
}
