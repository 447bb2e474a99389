// Runs in login's container: prints a user token for each person, signed as login signs it.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

// The first who asks for the keys makes login make one.
await fetch(`http://127.0.0.1:${process.env.PORT}/.well-known/jwks.json`);
const store = new DatabaseSync('/state/login.sqlite', { readOnly: true });
const name = `user-token-key-${Math.floor(Date.now() / 86_400_000)}`;
const { value } = store.prepare('SELECT value FROM secrets WHERE name = ?').get(name) as { value: string };
const { crv, kty, x, y } = JSON.parse(value);
const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
const key = createPrivateKey({ key: JSON.parse(value), format: 'jwk' });
const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');

function userToken(person: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'login', aud: 'user-profiles', sub: person, email: `${person}@example.com`, iat: now };
  const signed = `${part({ alg: 'ES256', kid, typ: 'JWT' })}.${part({ ...claims, exp: now + 300 })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

console.log(JSON.stringify(process.argv.slice(2).map(userToken)));
