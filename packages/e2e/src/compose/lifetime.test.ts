import { readDeclaration } from '@run-edges/edges';
import type { Decision } from '@run-edges/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { edgesFile } from '../support/repository.ts';
import { callerFromHere } from './caller-from-here.ts';
import { findEngine } from './engine.ts';
import { type HeldRequest, holdRequest } from './held-request.ts';
import type { Load } from './inside/write-profiles.ts';
import { loadDuring } from './load.ts';
import { openOwnStack, type Stack, until } from './stack.ts';

const services = readDeclaration(edgesFile).services.map(({ name }) => name);
const engine = await findEngine('containers that are killed and stopped');

describe.skipIf(engine.missing)(engine.title, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openOwnStack(engine, services);
    await stack.up();
  }, 900_000);
  afterAll(() => stack?.[Symbol.asyncDispose](), 120_000);

  const userTokens = async (...people: string[]): Promise<string[]> =>
    JSON.parse(await stack.inside('login', 'user-tokens.ts', ...people));
  const statuses = async () => {
    const response = await fetch(`${stack.api}/run-edges/v1/decisions`);
    const { decisions } = (await response.json()) as { decisions: Decision[] };
    return decisions.filter(({ method }) => method === 'PUT').map(({ receiver, status }) => `${receiver} ${status}`);
  };

  test('user-profiles is killed under load and comes up again: nothing acknowledged is lost', async () => {
    const load = stack.inside('login', 'write-profiles.ts', '15000', ...(await userTokens('ann', 'bob', 'cy', 'di')));
    await until('changes are written', async () => (await statuses()).filter(isWritten).length > 20);
    await stack.compose('kill', '-s', 'SIGKILL', 'user-profiles');
    expect((await stack.inspect('user-profiles')).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
    await until('changes are refused', async () => (await statuses()).includes('user-profiles 503'));
    await stack.up();
    const { written, refused }: Load = JSON.parse(await load);
    expect(refused).toBeGreaterThan(0);
    expect(written).toHaveLength(4);
    for (const { acknowledged, sent, stored } of written) {
      expect(acknowledged).toBeGreaterThan(1);
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
      expect(stored).toBeLessThanOrEqual(sent);
    }
  }, 180_000);

  describe('stop', () => {
    const ended = async (service: string) => (await stack.inspect(service)).State;

    test('ends every container with 0 within its 10 s, and answers what is under way', async () => {
      const [userToken = ''] = await userTokens('ann');
      const caller = await callerFromHere(stack.api);
      const profiles = await caller.headersAs('login', 'user-profiles');
      const index = await caller.headersAs('user-profiles', 'search');
      const json = { 'content-type': 'application/json' };
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const held: Record<string, HeldRequest> = {
        login: await holdRequest('POST', `${caller.urlOf('login')}/sign-in`, form, 'email=ann@example.com&password=x'),
        'user-profiles': await holdRequest(
          'PUT',
          `${caller.urlOf('user-profiles')}/me`,
          { ...json, ...profiles, authorization: `Bearer ${userToken}` },
          '{"name": "Ann", "bio": "written while all stops"}',
        ),
        search: await holdRequest(
          'PUT',
          `${caller.urlOf('search')}/documents/held`,
          { ...json, ...index },
          '{"version": 1, "name": "Held", "title": "", "team": "", "city": "", "skills": [], "bio": ""}',
        ),
      };
      const stopping = stack.compose('stop', '-t', '10');
      const answers = await Promise.all(
        services.map(async (service) => {
          await until(`${service} stops`, async () =>
            (await stack.logs(service)).includes(`${service} stops (SIGTERM)`),
          );
          return (await held[service]?.finish())?.status;
        }),
      );
      await stopping;
      expect(answers).toEqual([403, 200, 200]);
      for (const service of ['emulator', ...services])
        expect(await ended(service), service).toMatchObject({ Status: 'exited', ExitCode: 0 });

      await stack.up();
      const me = await fetch(`${(await callerFromHere(stack.api)).urlOf('user-profiles')}/me`, {
        headers: { ...profiles, authorization: `Bearer ${userToken}` },
      });
      expect(await me.json()).toMatchObject({ bio: 'written while all stops' });
    }, 180_000);

    test('under load turns requests away, and cuts none off', async () => {
      const [userToken = ''] = await userTokens('ann');
      const caller = await callerFromHere(stack.api);
      const headers = { ...(await caller.headersAs('login', 'user-profiles')), authorization: `Bearer ${userToken}` };
      const search = { url: `${caller.urlOf('user-profiles')}/people?q=engineer`, headers };
      const page = { url: `${caller.urlOf('login')}/` };
      const outcomes = await loadDuring([page, page, page, search, search, search], () =>
        stack.compose('stop', '-t', '10'),
      );
      // The emulator ends last; what comes to its ports after that is the engine's affair.
      const states = await Promise.all(services.map(ended));
      const over = Math.max(...states.map(({ FinishedAt }) => Date.parse(FinishedAt)));
      const counts = Object.groupBy(
        outcomes.filter(({ begun }) => begun < over),
        ({ became }) => became,
      );
      console.info(
        'while all stops:',
        Object.entries(counts)
          .map(([became, all]) => `${all?.length} x ${became}`)
          .join(', '),
      );
      expect(counts['200']?.length).toBeGreaterThan(20);
      expect(Object.keys(counts).filter((became) => became !== '200' && became !== '503')).toEqual([]);
      expect(
        (await stack.logs('emulator'))
          .split('\n')
          .filter((line) => /^503 .* GET (\/|\/people):/.test(line))
          .join('\n'),
      ).not.toMatch(/hang up|other side|ECONNRESET/);
    }, 120_000);
  });
});

const isWritten = (status: string) => status === 'user-profiles 200';
