// Runs in login's container: people change their profiles, one change after the other, until the clock says so.
// Prints for each what was acknowledged last, what was sent last, and what user-profiles has in the end.
import { setTimeout as delay } from 'node:timers/promises';

export interface Written {
  readonly acknowledged: number;
  readonly sent: number;
  readonly stored: number;
}

export interface Load {
  readonly written: readonly Written[];
  /** Changes that were not acknowledged. */
  readonly refused: number;
}

const [milliseconds, ...userTokens] = process.argv.slice(2);
const until = Date.now() + Number(milliseconds);
const receiver = process.env.USER_PROFILES_URL ?? '';
const identity = '/computeMetadata/v1/instance/service-accounts/default/identity';
const metadata = `http://${process.env.GCE_METADATA_HOST}${identity}?audience=${receiver}`;
const idToken = await (await fetch(metadata, { headers: { 'metadata-flavor': 'Google' } })).text();
let refused = 0;

async function me(userToken: string, bio?: string): Promise<{ bio: string } | undefined> {
  const change = { method: 'PUT', body: JSON.stringify({ name: 'Somebody', bio }) };
  const response = await fetch(`${receiver}/me`, {
    ...(bio === undefined ? {} : change),
    headers: {
      authorization: `Bearer ${userToken}`,
      'x-serverless-authorization': `Bearer ${idToken}`,
      ...(bio === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined);
  if (response?.status === 200) return (await response.json()) as { bio: string };
  refused++;
  await delay(100);
  return undefined;
}

async function write(userToken: string): Promise<Written> {
  let [acknowledged, sent] = [0, 0];
  while (Date.now() < until) if (await me(userToken, `change ${++sent}`)) acknowledged = sent;
  let found: { bio: string } | undefined;
  for (let tries = 0; found === undefined && tries < 300; tries++) found = await me(userToken);
  return { acknowledged, sent, stored: Number(found?.bio.split(' ')[1] ?? -1) };
}

const written = await Promise.all(userTokens.map(write));
console.log(JSON.stringify({ written, refused } satisfies Load));
