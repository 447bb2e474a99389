import { decodeJwt, type JWTPayload } from 'jose';
import type { Mistake } from './mistake.ts';

/** What a token that claims to be of another issuer than Google is; the claim may be a lie. */
export function foreignIssuer(token: string): Mistake | undefined {
  try {
    return issuerMistake(decodeJwt(token), '')[0];
  } catch {
    return undefined;
  }
}

/** @param ask how to get a token of Google's */
export function issuerMistake({ iss }: JWTPayload, ask: string): Mistake[] {
  if (iss === 'https://accounts.google.com' || iss === 'accounts.google.com') return [];
  const firebase = typeof iss === 'string' && iss.startsWith('https://securetoken.google.com/');
  return [
    {
      reason: `the issuer is ${JSON.stringify(iss ?? null)}, ${firebase ? 'Firebase: a token of the person, not of the service' : 'not Google'}`,
      mend: `Leave that token in Authorization for the app and put the ID token into X-Serverless-Authorization. ${ask}`.trim(),
    },
  ];
}
