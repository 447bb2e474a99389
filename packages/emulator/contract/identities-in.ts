import { decodeJwt } from 'jose';

/** Whose identity an answer gives away: e-mails in it, and in the tokens in it. */
export function identitiesIn(body: string): string[] {
  const accessTokens = [...body.matchAll(/ya29\.([\w-]+)/g)].map((match) =>
    Buffer.from(match[1] ?? '', 'base64url').toString(),
  );
  const tokens = [body, ...accessTokens].flatMap((text) => text.match(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g) ?? []);
  const claims = tokens.map((token) => JSON.stringify(decodeJwt(token)));
  return [body, ...claims].flatMap((text) => text.match(/[\w-]+-run@[\w.-]+|stranger@[\w.-]+/g) ?? []);
}

/** The same for tokens alone: an e-mail in an answer is no credential. */
export function tokensIn(body: string): string[] {
  const found = body.match(/ya29\.[\w-]+|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g) ?? [];
  return found.flatMap((token) => identitiesIn(token));
}
