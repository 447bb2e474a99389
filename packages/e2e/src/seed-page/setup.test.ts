import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { findToolchain } from '../real-clients/toolchain.ts';
import { curl } from './calls.ts';
import { fill, type Reader, startReader } from './reader.ts';
import { states } from './states.ts';

const { title, missing } = await findToolchain({ name: 'The page: gcloud', commands: ['bash', 'curl', 'gcloud'] });

const ADD_BINDING = `gcloud run services add-iam-policy-binding RECEIVING_SERVICE \\
  --member='serviceAccount:CALLING_SERVICE_IDENTITY' \\
  --role='roles/run.invoker'`;

describe.skipIf(missing)(title, () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await startReader();
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  const statusOf = async (caller: string, receiver: string) => {
    const url = reader.urlOf(receiver);
    const headers = [`Authorization: Bearer ${await reader.cloud.idToken(caller, url)}`];
    return (await curl(reader, url, { headers, env: await reader.outside() })).status;
  };

  states('intro:senders', async () => {
    const env = await reader.atTerminal();
    const [url, account] = [reader.urlOf('user-profiles'), reader.emailOf('login')];
    const push = `--push-endpoint=${url}/pubsub --push-auth-service-account=${account} --push-auth-token-audience=${url}`;
    const token = `--oidc-service-account-email=${account} --oidc-token-audience=${url}`;
    const run =
      '--destination-run-service=user-profiles --destination-run-region=us-central1 --destination-run-path=/eventarc';
    const type = '--event-filters=type=google.cloud.pubsub.topic.v1.messagePublished';
    await reader.bash(
      `gcloud pubsub topics create news
gcloud pubsub subscriptions create news --topic=news ${push}
gcloud eventarc triggers create news --location=us-central1 ${run} ${type} --transport-topic=news --service-account=${account}
gcloud pubsub topics publish news --message=hello
gcloud scheduler jobs create http nightly --location=us-central1 --schedule='0 3 * * *' --uri=${url}/scheduler ${token}
gcloud scheduler jobs run nightly --location=us-central1
gcloud tasks queues create work --location=us-central1
gcloud tasks create-http-task --queue=work --location=us-central1 --url=${url}/tasks ${token}
gcloud tasks create-http-task --queue=work --location=us-central1 --url=${reader.urlOf('search')}/tasks ${token.replace(url, reader.urlOf('search'))}`,
      env,
    );
    const decided = (receiver: string, path: string, status: number) =>
      expect.objectContaining({ caller: 'login', receiver, path, status });
    await vi.waitFor(
      () => {
        const decisions = reader.cloud.decisions.list();
        for (const path of ['/pubsub', '/eventarc', '/scheduler', '/tasks'])
          expect(decisions).toContainEqual(decided('user-profiles', path, 200));
        // The same account, where it is no invoker.
        expect(decisions).toContainEqual(decided('search', '/tasks', 403));
      },
      { timeout: 30_000 },
    );
    // What they send says who they are by its token alone.
    for (const agent of ['Google-Cloud-Tasks', 'APIs-Google', 'Google-Cloud-Scheduler'])
      expect(
        await curl(reader, `${url}/pubsub`, { headers: [`User-Agent: ${agent}`], env: await reader.outside() }),
      ).toEqual({ status: 403 });
  });

  states('intro:specific-services', async () => {
    expect(await statusOf('login', 'user-profiles')).toBe(200);
    expect(await statusOf('login', 'search')).toBe(403);
  });

  states('intro:identity-per-service', async () => {
    const env = await reader.atTerminal();
    const shown = `gcloud run services list --format='value(metadata.name,spec.template.spec.serviceAccountName)'`;
    const lines = (await reader.bash(shown, env)).stdout.trim().split('\n');
    const accounts = new Map(lines.map((line) => line.split('\t') as [string, string]));
    expect([...accounts.keys()].sort()).toEqual(['login', 'search', 'user-profiles']);
    expect(new Set(accounts.values()).size).toBe(3);
    expect([...accounts.values()].filter((email) => email.endsWith('@developer.gserviceaccount.com'))).toEqual([]);
    // No role on the project: each may call those that it was given, and do nothing else.
    const policy = (await reader.bash('gcloud projects get-iam-policy "$GOOGLE_CLOUD_PROJECT"', env)).stdout;
    for (const email of accounts.values()) expect(policy).not.toContain(email);
  });

  states('intro:proof', async () => {
    const url = reader.urlOf('user-profiles');
    const env = await reader.outside();
    const status = async (...headers: string[]) => (await curl(reader, url, { headers, env })).status;
    const token = await reader.cloud.idToken('login', url);
    const [header = '', payload = ''] = token.split('.');
    expect(await status()).toBe(403);
    expect(await status(`Authorization: Bearer ${token}`)).toBe(200);
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of [
      await reader.issuer.token({ aud: url, iss: 'https://accounts.google.com', email: reader.emailOf('login') }),
      `${none}.${payload}.`,
      `${header}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`,
    ])
      expect(await status(`Authorization: Bearer ${forged}`), forged).toBe(401);
  });

  states('setup:principal', async () => {
    const { policies, principals } = reader.cloud;
    const stranger = `serviceAccount:${principals.find(({ name }) => name === 'stranger')?.account.email}`;
    const grant = ['services/search', 'roles/run.invoker', stranger] as const;
    expect(await statusOf('stranger', 'search')).toBe(403);
    policies.grant(...grant);
    expect(await statusOf('stranger', 'search')).toBe(200);
    expect(await statusOf('stranger', 'user-profiles')).toBe(403);
    expect(await statusOf('login', 'search')).toBe(403);
    policies.revoke(...grant);
    expect(await statusOf('stranger', 'search')).toBe(403);
  });

  states('setup:gcloud', async () => {
    expect(await statusOf('login', 'search')).toBe(403);
    const command = fill(ADD_BINDING, {
      RECEIVING_SERVICE: 'search',
      CALLING_SERVICE_IDENTITY: reader.emailOf('login'),
    });
    await reader.bash(command, await reader.atTerminal());
    expect(await statusOf('login', 'search')).toBe(200);
    await reader.bash(command.replace('add-', 'remove-'), await reader.atTerminal());
    expect(await statusOf('login', 'search')).toBe(403);
  });

  states('setup:gcloud-default-account', async () => {
    const { number } = reader.cloud.project;
    const identity = `${number}-compute@developer.gserviceaccount.com`;
    const env = await reader.atTerminal();
    await reader.bash('gcloud run deploy calling --image=login --no-allow-unauthenticated', env);
    expect(reader.emailOf('calling')).toBe(identity);
    expect(await statusOf('calling', 'search')).toBe(403);
    await reader.bash(fill(ADD_BINDING, { RECEIVING_SERVICE: 'search', CALLING_SERVICE_IDENTITY: identity }), env);
    expect(await statusOf('calling', 'search')).toBe(200);
  });
});
