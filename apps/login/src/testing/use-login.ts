import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Service } from '@run-edges/service';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { buildApp } from '../app.ts';
import type { Config } from '../config.ts';
import { CookieJar, type Listening, listen, startMetadata } from './world.ts';

export const EMAIL = 'demo@people.example';
export const PASSWORD = 'correct horse';

/** A person whose every field has something to escape. */
export const ada = {
  id: 'demo-0002',
  name: 'Ada <b>Lovelace</b>',
  title: 'T',
  team: 'E',
  city: 'L',
  skills: ['C'],
  bio: '"&',
  colour: 'plum',
};
export const own = { ...ada, id: 'demo-0001', email: EMAIL, hidden: false, version: 7 };

/** A request as user-profiles gets it. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

/** The service with a browser before it and something in the place of user-profiles behind it. */
export interface Login {
  app: Service;
  config: Config;
  jar: CookieJar;
  received: Received[];
  /** What user-profiles answers from now on. */
  profilesAnswer: (request: Received, response: ServerResponse) => void;
  answerJson(body: unknown, status?: number): void;
  visit(url: string): Promise<LightMyRequestResponse>;
  post(
    url: string,
    fields: Record<string, string> | string,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>;
  /** The token of the forms on a page. */
  csrf(url?: string): Promise<string>;
  signIn(): Promise<LightMyRequestResponse>;
  /** Signs in once and comes back with the same cookies: the session is in the store, and a password takes its time. */
  beSignedIn(): Promise<void>;
}

/** Starts the service anew for each test of a file, over one store in which the demo person has an account. */
export function useLogin(): Login {
  const stateDir = mkdtempSync(join(tmpdir(), 'login-'));
  let metadata: Listening;
  let profiles: Listening;
  let signedInCookies: string | undefined;

  const login = {
    received: [] as Received[],
    answerJson: (body, status = 200) => {
      login.profilesAnswer = (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
    },
    visit: async (url) => {
      const answer = await login.app.inject({ url, headers: { cookie: login.jar.header } });
      login.jar.take(answer.headers['set-cookie']);
      return answer;
    },
    post: async (url, fields, headers = {}) => {
      const answer = await login.app.inject({
        method: 'POST',
        url,
        headers: { cookie: login.jar.header, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
      });
      login.jar.take(answer.headers['set-cookie']);
      return answer;
    },
    csrf: async (url = '/') => /name="_csrf" value="([^"]+)"/.exec((await login.visit(url)).body)?.[1] ?? '',
    signIn: async () => login.post('/sign-in', { _csrf: await login.csrf(), email: EMAIL, password: PASSWORD }),
    beSignedIn: async () => {
      if (signedInCookies === undefined) {
        await login.signIn();
        signedInCookies = login.jar.header;
      }
      login.jar.take(signedInCookies.split('; '));
    },
  } as Login;

  beforeAll(async () => {
    metadata = await startMetadata('login-run@demo.iam.gserviceaccount.com');
    vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    profiles = await listen(async (request, response) => {
      const { method = '', url = '', headers } = request;
      const body = await text(request);
      const received = { method, url, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
      login.received.push(received);
      login.profilesAnswer(received, response);
    });
    login.config = {
      PORT: 0,
      LOG_LEVEL: 'silent',
      PLAIN_HTTP_HOSTS: '',
      STATE_DIR: stateDir,
      SERVICE_URL: 'http://127.0.0.1:8081',
      USER_PROFILES_URL: profiles.url,
      DEMO_EMAIL: EMAIL,
      DEMO_PASSWORD: PASSWORD,
    };
    await using first = await buildApp(login.config);
    expect((await first.inject('/health/ready')).json()).toEqual({ status: 'ok' });
    delete login.config.DEMO_PASSWORD;
  });
  afterAll(async () => {
    await metadata[Symbol.asyncDispose]();
    await profiles[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
    rmSync(stateDir, { recursive: true });
  });
  beforeEach(async () => {
    login.received.length = 0;
    login.answerJson(own);
    login.app = await buildApp(login.config);
    login.jar = new CookieJar();
  });
  afterEach(() => login.app.close());

  return login;
}
