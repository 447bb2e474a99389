import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compute, Impersonated, UserRefreshClient } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { json, type LocalGoogle } from '../testing/google.ts';
import { firstOf } from './attempts.ts';
import { createServiceClient } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { applicationDefault, authClient, metadataServer, serviceAccountKey } from './sources.ts';

/** When Google's side is well again, so are the calls: nothing goes on hanging, and nothing that is remembered fails them. */

const AUDIENCE = 'https://search.example';
const TARGET = 'target-run@demo.iam.gserviceaccount.com';

let alone: Alone;
let google: LocalGoogle;
let home: string;
beforeEach(async () => {
  alone = await startAlone();
  ({ google, home } = alone);
});
afterEach(async () => {
  vi.useRealTimers();
  await alone[Symbol.asyncDispose]();
});

const acting = () => ({
  endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin },
  impersonate: TARGET,
});
function fromFile(content: unknown, options: Parameters<typeof applicationDefault>[0]): TokenSource {
  alone.credentialFile(content);
  return applicationDefault(options);
}
const userClient = () =>
  new UserRefreshClient({
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
    endpoints: { oauth2TokenUrl: `${google.origin}/token` },
  });
const external = () => {
  writeFileSync(join(home, 'subject'), 'subject-token');
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${google.origin}/v1/token`,
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
    credential_source: { file: join(home, 'subject') },
  };
};

/** Sources that need an access token on the way to the ID token, and where they get it. */
const TWO_STEPS: [string, string, () => TokenSource][] = [
  ['the metadata server', 'default/token', () => metadataServer(acting())],
  [
    "a person's file",
    '/token',
    () => fromFile({ type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' }, acting()),
  ],
  ['a key', '/token', () => serviceAccountKey({ client_email: 'key@demo', private_key: PRIVATE_KEY }, acting())],
  ['an external account', '/v1/token', () => fromFile(external(), { endpoints: acting().endpoints })],
  ['a client made by hand', '/token', () => authClient(userClient(), acting())],
  [
    'an impersonating client made by hand',
    '/token',
    () => {
      vi.spyOn(console, 'warn').mockReturnValue();
      return authClient(
        new Impersonated({ sourceClient: userClient(), targetPrincipal: TARGET, endpoint: google.origin }),
      );
    },
  ],
];

describe('an access token that is no longer good', () => {
  test.each(TWO_STEPS)('by the clock that was set back, is fetched anew: %s', async (_what, path, make) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const source = make();
    await source.fetchIdToken(AUDIENCE);
    vi.setSystemTime(Date.now() - 24 * 3_600_000);
    google.faults.set(path, (_request, response) => {
      response.setHeader('metadata-flavor', 'Google');
      json(response, 200, { access_token: 'new-access-token', expires_in: 3599, token_type: 'Bearer' });
    });
    google.faults.set(':generateIdToken', (request, response) => {
      if (request.headers.authorization === 'Bearer new-access-token') return json(response, 200, { token: 'a.b.c' });
      return json(response, 401, { error: { code: 401, message: 'expired', status: 'UNAUTHENTICATED' } });
    });
    // A key's client forgets its token when it is made anew, for the next attempt.
    await source.fetchIdToken(AUDIENCE).catch(() => {});
    await expect(source.fetchIdToken(AUDIENCE)).resolves.toBe('a.b.c');
  });
});

/** Lets requests run and a silence go by. */
async function silence(seen: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(seen()).toBe(true));
  vi.advanceTimersByTime(1_000);
}

describe('a connection that hangs though its end is well again', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  const call = (source: TokenSource) => createServiceClient({ url: AUDIENCE, source }).prefetch();

  test('to the metadata server keeps nobody waiting', async () => {
    google.faults.set('/identity', () => {});
    const waiting = call(metadataServer());
    await vi.waitFor(() => expect(google.count('/identity')).toBe(1));
    google.faults.clear();
    vi.advanceTimersByTime(1_000);
    await waiting;
    expect(google.count('/identity')).toBe(2);
  });

  test.each(TWO_STEPS.slice(0, 4))(
    'on the way to an access token keeps nobody waiting: %s',
    async (_what, path, make) => {
      google.faults.set(path, () => {});
      const waiting = call(make());
      await silence(() => google.count(path) > 0);
      google.faults.clear();
      vi.advanceTimersByTime(1_000);
      await waiting;
    },
  );
});

describe('of several attempts', () => {
  const settings = { everyMs: 1_000, withinMs: 10_000, late: () => new Error('late') };
  beforeEach(() => {
    vi.useFakeTimers();
  });
  /** Attempts that the test settles one by one. */
  function attempts() {
    const made: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
    const start = (): Promise<string> => new Promise((resolve, reject) => void made.push({ resolve, reject }));
    return { made, start };
  }

  test('the first that succeeds counts, whichever it is', async () => {
    const { made, start } = attempts();
    const result = firstOf(start, settings);
    await vi.advanceTimersByTimeAsync(1_000);
    made[0]?.reject(new Error('first'));
    made[1]?.resolve('second');
    await expect(result).resolves.toBe('second');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(made).toHaveLength(2);
  });

  test('the error of the last that is left counts', async () => {
    const { made, start } = attempts();
    const result = firstOf(start, settings);
    await vi.advanceTimersByTimeAsync(1_000);
    made[1]?.reject(new Error('second'));
    made[0]?.reject(new Error('first'));
    await expect(result).rejects.toThrow('first');
  });

  test('after a failure none begins, and those that hang keep nobody waiting', async () => {
    const { made, start } = attempts();
    const result = firstOf(start, settings).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(2_500);
    made[1]?.reject(new Error('second'));
    await vi.advanceTimersByTimeAsync(500);
    made[2]?.reject(new Error('third'));
    await vi.advanceTimersByTimeAsync(499);
    expect(made).toHaveLength(3);
    expect(await Promise.race([result, 'waiting'])).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toMatchObject({ message: 'second' });
  });

  test('attempts that each fail later than the next begins come to an end', async () => {
    let made = 0;
    const start = (): Promise<string> => {
      const which = ++made;
      return new Promise((_resolve, reject) => setTimeout(() => reject(new Error(`of ${which}`)), 2_700));
    };
    const result = firstOf(start, settings).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3_700);
    expect(await result).toMatchObject({ message: 'of 1' });
    expect(made).toBe(3);
  });

  test('one begins each time, and none after the time is up', async () => {
    const { made, start } = attempts();
    const result = firstOf(start, settings).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await result).toMatchObject({ message: 'late' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(made).toHaveLength(10);
  });

  test('one that throws at once is an attempt', async () => {
    const start = (): Promise<string> => {
      throw new Error('at once');
    };
    await expect(firstOf(start, settings)).rejects.toThrow('at once');
  });
});

test('a client made by hand is set up once, however often it fails', async () => {
  const client = new Compute();
  const source = authClient(client, acting());
  google.faults.set(':generateIdToken', (_request, response) => json(response, 403, { error: { message: 'no' } }));
  await source.fetchIdToken(AUDIENCE).catch(() => {});
  const { size } = client.transporter.interceptors.request;
  for (let n = 0; n < 5; n += 1) await source.fetchIdToken(AUDIENCE).catch(() => {});
  expect(client.transporter.interceptors.request.size).toBe(size);
});
