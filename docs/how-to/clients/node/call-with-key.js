// GOOGLE_APPLICATION_CREDENTIALS=key.json node call-with-key.js https://RECEIVER/PATH [AUDIENCE]
// By a JWT that the account's key signs, exchanged for an ID token: what the library does in call.js, step by step.
import { readFile } from 'node:fs/promises';
import { importPKCS8, SignJWT } from 'jose';

const [url, audience = url] = process.argv.slice(2);
const key = JSON.parse(await readFile(process.env.GOOGLE_APPLICATION_CREDENTIALS, 'utf8'));
const assertion = await new SignJWT({ target_audience: audience })
  .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id })
  .setIssuer(key.client_email)
  .setAudience(key.token_uri)
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(await importPKCS8(key.private_key, 'RS256'));
const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
const exchanged = await fetch(key.token_uri, { method: 'POST', body: new URLSearchParams(grant) });
if (!exchanged.ok) throw new Error(`${exchanged.status} of ${key.token_uri}: ${await exchanged.text()}`);
const { id_token: token } = await exchanged.json();
const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
console.log(response.status, await response.text());
