import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { chmodSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHANNELS } from '../diagnostics.ts';
import { createVerifier } from '../inbound.ts';
import { hideRandom } from '../secret-forms.ts';
import { type Alone, PRIVATE_KEY, startAlone } from '../testing/alone.ts';
import { json, type LocalGoogle, type SeenRequest } from '../testing/google.ts';
import { createServiceClient } from './service-client.ts';
import type { TokenSource } from './source.ts';
import { applicationDefault, authClient, metadataServer, serviceAccountKey } from './sources.ts';
import { clearTokenCache } from './token-cache.ts';

/** Whatever a variable, an option or a field of a credentials file holds: if it is a secret, it is told nowhere. */

let alone: Alone;
let google: LocalGoogle;
beforeEach(async () => {
  alone = await startAlone();
  ({ google } = alone);
  for (const path of ['/token', ':generateIdToken', ':generateAccessToken', '/identity', '/aws'])
    google.faults.set(path, quoting);
  vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1');
  vi.spyOn(console, 'warn').mockReturnValue();
  // No name is looked up outside of this machine, and the error is Node's: it holds the name.
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, _options: object, done: (error: Error) => void) =>
    done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }))) as never);
});
afterEach(() => alone[Symbol.asyncDispose]());

/** A server that refuses, and quotes all that it was sent. */
function quoting({ body, headers, url }: SeenRequest, response: ServerResponse): void {
  const told = `${body} ${decodeURIComponent(body.replaceAll('+', ' '))} ${JSON.stringify(headers)} ${url.href}`;
  json(response, 400, { error: 'invalid_request', error_description: told });
}

interface Secret {
  readonly text: string;
  /** What of it is random: no part of that may be told. */
  readonly core: string;
}

const letters = (alphabet: string, length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const core = letters(ALPHANUMERIC, 40).filter((text) => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text));
const pem = (text: string): string => `-----BEGIN PRIVATE KEY-----\n${text}\n${text}\n-----END PRIVATE KEY-----\n`;
const keyFile = (text: string): object => ({
  type: 'service_account',
  private_key: pem(text),
  client_email: 'key@demo.iam.gserviceaccount.com',
  refresh_token: text,
});

/** What people put where it does not belong, around what is secret of it: it has no form, or one that is known. */
const OPAQUE: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${text.slice(0, 20)}/${text.slice(20)}`,
  (text) => `/${text}`,
];
const KNOWN: readonly ((text: string) => string)[] = [
  (text) => `https://user:${text}@host.example/`,
  (text) => `https://host.example/?sig=${text}`,
  (text) => `ya29.${text}`,
  (text) => `1//0${text}`,
  (text) => `Bearer ${text}`,
  (text) => `  "${text}"\r\n`,
  (text) => `${text}\n${text}`,
  pem,
  (text) => pem(text).replaceAll('\n', '\\n'),
  (text) => `/home/ada/${pem(text)}`,
  (text) => JSON.stringify(keyFile(text)),
  (text) => JSON.stringify(keyFile(text), null, 2),
  (text) => `'${JSON.stringify(keyFile(text))}'`,
];
const wrapped = (ways: typeof KNOWN): fc.Arbitrary<Secret> =>
  fc.tuple(core, fc.constantFrom(...ways)).map(([text, wrap]) => ({ text: wrap(text), core: text }));
const known = fc.oneof(
  { weight: 4, arbitrary: wrapped(KNOWN) },
  core.map((text) => {
    const encoded = Buffer.from(JSON.stringify(keyFile(text))).toString('base64');
    return { text: encoded, core: encoded };
  }),
);
const secret = fc.oneof(
  { weight: 4, arbitrary: known },
  wrapped(OPAQUE),
  letters('0123456789abcdef', 40).map((text) => ({ text, core: text })),
);

/** Every way in which somebody may look at an error. */
function looksAt(error: unknown): string[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && chain.length < 10; one = (one as Error).cause) chain.push(one);
  return [
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, maxStringLength: null }),
    ...chain.flatMap((one) => [
      String(one),
      String((one as Error).stack),
      JSON.stringify(one),
      JSON.stringify(one, Object.getOwnPropertyNames(Object(one))),
    ]),
  ];
}

/** Makes a source and a client, asks them for a token, and gathers all that is told on the way. */
async function toldBy(make: () => TokenSource | undefined): Promise<string[]> {
  const told: string[] = [];
  const listen = (event: unknown): void => void told.push(inspect(event, { depth: Number.POSITIVE_INFINITY }));
  for (const name of Object.values(CHANNELS)) subscribe(name, listen);
  const note = (error: unknown): void => void told.push(...looksAt(error));
  clearTokenCache();
  try {
    const source = make();
    if (source === undefined) return told;
    told.push(source.identity, inspect(source, { showHidden: true }));
    await source.fetchIdToken('https://search.example').catch(note);
    await createServiceClient({ url: 'https://search.example', source }).prefetch().catch(note);
  } catch (error) {
    note(error);
  } finally {
    for (const name of Object.values(CHANNELS)) unsubscribe(name, listen);
  }
  return told;
}

const PART = 12;

function expectUntold({ core: random }: Secret, told: readonly string[], where: string): void {
  const texts = told.map((one) => one.toLowerCase());
  for (let at = 0; at + PART <= random.length; at += 4) {
    const part = random.slice(at, at + PART).toLowerCase();
    const telling = texts.find((one) => one.includes(part));
    if (telling !== undefined) expect.fail(`${where}: ${part} of ${random} stands in ${telling}`);
  }
}

type Make = (text: string) => () => TokenSource | undefined;
const property = (where: string, make: Make, numRuns = 6, secrets: fc.Arbitrary<Secret> = secret): Promise<void> =>
  fc.assert(
    fc.asyncProperty(secrets, async (given) => {
      expectUntold(given, await toldBy(make(given.text)), where);
    }),
    { numRuns },
  );

const TARGET = 'target-run@demo.iam.gserviceaccount.com';
const IMPERSONATION = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`;
const endpoints = () => ({ endpoints: { token: `${google.origin}/token`, iamCredentials: google.origin } });
const USER = {
  type: 'authorized_user',
  account: 'ada@example.com',
  client_id: 'c.apps.googleusercontent.com',
  client_secret: 'GOCSPX-c',
  refresh_token: '1//r',
  quota_project_id: 'demo',
  universe_domain: 'googleapis.com',
};
const external = (credential_source: object): object => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: `${google.origin}/v1/token`,
  token_info_url: `${google.origin}/introspect`,
  service_account_impersonation_url: IMPERSONATION,
  client_id: 'c',
  client_secret: 's',
  quota_project_id: 'demo',
  universe_domain: 'googleapis.com',
  credential_source,
});

/** Every kind of credentials file, with all its fields. */
const FILES: Record<string, () => object> = {
  'a key': () => ({
    type: 'service_account',
    project_id: 'demo',
    private_key_id: 'abc',
    private_key: PRIVATE_KEY,
    client_email: 'key@demo.iam.gserviceaccount.com',
    client_id: '1',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/key',
    quota_project_id: 'demo',
    universe_domain: 'googleapis.com',
  }),
  "a person's login": () => USER,
  'an impersonating file': () => ({
    type: 'impersonated_service_account',
    service_account_impersonation_url: IMPERSONATION,
    delegates: ['hop@demo.iam.gserviceaccount.com'],
    quota_project_id: 'demo',
    universe_domain: 'googleapis.com',
    source_credentials: USER,
  }),
  'an external account with a file': () => {
    writeFileSync(join(alone.home, 'subject'), '{"token":"subject"}');
    const format = { type: 'json', subject_token_field_name: 'token' };
    return external({ file: join(alone.home, 'subject'), format });
  },
  'an external account with a URL': () => {
    google.faults.set('/subject', (_request, response) => json(response, 200, { token: 'subject' }));
    const format = { type: 'json', subject_token_field_name: 'token' };
    return external({ url: `${google.origin}/subject`, headers: { metadata: 'True', 'x-namespace': 'n' }, format });
  },
  'an external account with an executable': () => {
    writeFileSync(join(alone.home, 'run.sh'), '#!/bin/sh\necho "$0 $@" >&2\nexit 1\n');
    chmodSync(join(alone.home, 'run.sh'), 0o755);
    return external({ executable: { command: join(alone.home, 'run.sh'), output_file: join(alone.home, 'none') } });
  },
  'an external account of AWS': () =>
    external({
      environment_id: 'aws1',
      region_url: `${google.origin}/aws/region`,
      url: `${google.origin}/aws/credentials`,
      imdsv2_session_token_url: `${google.origin}/aws/session`,
      regional_cred_verification_url: `${google.origin}/aws/{region}`,
    }),
  'an external account with a certificate': () =>
    external({ certificate: { certificate_config_location: join(alone.home, 'none'), trust_chain_path: 'none' } }),
  'a workforce login': () => ({
    type: 'external_account_authorized_user',
    audience: '//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider',
    refresh_token: 'r',
    token_url: `${google.origin}/token`,
    token_info_url: `${google.origin}/introspect`,
    client_id: 'c',
    client_secret: 's',
  }),
  'a key of an air-gapped cloud': () => ({
    type: 'gdch_service_account',
    format_version: '1',
    project: 'demo',
    private_key_id: 'abc',
    private_key: PRIVATE_KEY,
    name: 'name',
    ca_cert_path: 'none',
    token_uri: `${google.origin}/token`,
  }),
};

/** The places of a file's texts. */
function placesIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === 'string') return [[...path]];
  return Object.entries(Object(value)).flatMap(([name, each]) => placesIn(each, [...path, name]));
}
function withAt(value: unknown, [name, ...rest]: readonly string[], text: string): unknown {
  if (name === undefined) return text;
  const copy = Array.isArray(value) ? [...value] : { ...Object(value) };
  copy[name] = withAt(copy[name], rest, text);
  return copy;
}

describe.each(Object.entries(FILES))('%s', (_kind, file) => {
  test('any field, read for its own account and to be another', { timeout: 120_000 }, async () => {
    const content = file();
    for (const place of placesIn(content))
      for (const more of [{}, { impersonate: TARGET }])
        await property(
          `${place.join('.')} ${JSON.stringify(more)}`,
          (text) => () => {
            alone.credentialFile(withAt(content, place, text));
            return applicationDefault({ ...endpoints(), ...more });
          },
          2,
        );
  });
});

test('a file that is a secret, and nothing else', { timeout: 60_000 }, () =>
  property(
    'the file',
    (text) => () => {
      alone.credentialFile(text);
      return applicationDefault(endpoints());
    },
    20,
  ),
);

const ANSWERS: Record<string, (text: string) => string> = {
  'a text': (text) => text,
  'no JSON': (text) => `{"id_token": ${text}`,
  'a token in a wrong answer': (text) => JSON.stringify({ version: 9, success: true, id_token: text }),
  'an error': (text) => JSON.stringify({ version: 1, success: false, code: text, message: text }),
  'a token that is refused': (text) =>
    JSON.stringify({
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:id_token',
      id_token: text,
    }),
};

describe.each(Object.entries(ANSWERS))('a program that says %s', (_what, answer) => {
  test.each([0, 1])('and ends with %i', { timeout: 60_000 }, (code) =>
    property('its output', (text) => () => {
      writeFileSync(join(alone.home, 'answer'), answer(text));
      writeFileSync(join(alone.home, 'run.sh'), `#!/bin/sh\ncat "$(dirname "$0")/answer"\nexit ${code}\n`);
      chmodSync(join(alone.home, 'run.sh'), 0o755);
      alone.credentialFile(external({ executable: { command: join(alone.home, 'run.sh') } }));
      return applicationDefault(endpoints());
    }),
  );
});

test('what a file or an address of subject tokens says', { timeout: 60_000 }, async () => {
  for (const format of [undefined, { type: 'json', subject_token_field_name: 'token' }]) {
    await property('a file', (text) => () => {
      writeFileSync(join(alone.home, 'subject'), text);
      alone.credentialFile(external({ file: join(alone.home, 'subject'), format }));
      return applicationDefault(endpoints());
    });
    for (const status of [200, 403])
      await property('an address', (text) => () => {
        google.faults.set('/subject', (_request, response) => response.writeHead(status).end(text));
        alone.credentialFile(external({ url: `${google.origin}/subject`, format }));
        return applicationDefault(endpoints());
      });
  }
});

/** Every variable that is read, with a value that does no harm. */
const variables = (): Record<string, string | undefined> => ({
  GOOGLE_APPLICATION_CREDENTIALS: undefined,
  google_application_credentials: undefined,
  CLOUDSDK_CONFIG: undefined,
  HOME: alone.home,
  GCE_METADATA_HOST: google.host,
  GCE_METADATA_IP: undefined,
  METADATA_SERVER_DETECTION: undefined,
  DETECT_GCP_RETRIES: undefined,
  GOOGLE_CLOUD_PROJECT: undefined,
  GOOGLE_CLOUD_QUOTA_PROJECT: undefined,
  GOOGLE_API_CERTIFICATE_CONFIG: undefined,
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'AKIA',
  AWS_SESSION_TOKEN: undefined,
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: undefined,
  HTTPS_PROXY: undefined,
  HTTP_PROXY: undefined,
  NO_PROXY: undefined,
});

test.each<[what: string, make: () => TokenSource]>([
  ['the metadata server', () => metadataServer(endpoints())],
  ['no file', () => applicationDefault(endpoints())],
  ...["a person's login", 'a key', 'an external account of AWS', 'an external account with a certificate'].map(
    (name): [string, () => TokenSource] => [
      name,
      () => {
        if (!process.env.GOOGLE_APPLICATION_CREDENTIALS) alone.credentialFile(FILES[name]?.());
        return applicationDefault({ ...endpoints(), impersonate: TARGET });
      },
    ],
  ),
])('any variable: %s', { timeout: 60_000 }, async (_what, make) => {
  for (const name of Object.keys(variables()))
    await property(
      name,
      (text) => () => {
        for (const [one, value] of Object.entries({ ...variables(), [name]: text })) vi.stubEnv(one, value);
        return make();
      },
      2,
    );
});

test('any option', { timeout: 60_000 }, async () => {
  const key = { client_email: 'key@demo.iam.gserviceaccount.com', private_key: PRIVATE_KEY, private_key_id: 'kid' };
  const client = (options: object) => {
    createServiceClient({ url: 'https://search.example', ...options } as never);
    return applicationDefault(options as never);
  };
  const options: Record<string, (text: string) => TokenSource | undefined> = {
    url: (url) => void createServiceClient({ url }),
    'the path of url': (text) => void createServiceClient({ url: `ftp://host.example/${text}` }),
    impersonate: (impersonate) => client({ impersonate }),
    delegates: (text) => client({ impersonate: TARGET, delegates: [text] }),
    'endpoints.token': (token) => client({ endpoints: { token } }),
    'endpoints.iamCredentials': (iamCredentials) => client({ endpoints: { iamCredentials } }),
    plainHttpHosts: (text) => client({ plainHttpHosts: [text] }),
    header: (header) => client({ header }),
    frontEndErrors: (frontEndErrors) => client({ frontEndErrors }),
    tokenTimeout: (tokenTimeout) => client({ tokenTimeout }),
    source: (source) => client({ source }),
    dispatcher: (dispatcher) => client({ dispatcher }),
    'in place of options': (text) => applicationDefault(text as never),
    serviceAccount: (serviceAccount) => metadataServer({ serviceAccount }),
    client_email: (client_email) => serviceAccountKey({ ...key, client_email }, endpoints()),
    private_key: (private_key) => serviceAccountKey({ ...key, private_key }, endpoints()),
    private_key_id: (private_key_id) => serviceAccountKey({ ...key, private_key_id }, endpoints()),
    'in place of a key': (text) => serviceAccountKey(text as never),
    'in place of a client': (text) => authClient(text as never),
  };
  const verifier = { mode: 'signature', audience: 'https://search.example', allowedCallers: null };
  for (const name of ['mode', 'audience', 'allowedCallers', 'header', 'jwksUri', 'plainHttpHosts', 'clockTolerance'])
    for (const wrap of [(text: string): unknown => text, (text: string): unknown => [text]])
      options[`createVerifier: ${name}`] = (text) => void createVerifier({ ...verifier, [name]: wrap(text) } as never);
  for (const [name, make] of Object.entries(options)) await property(name, (text) => () => make(text), 12);
  // An audience is a name, which errors and events tell: what is known to be a secret is none.
  const audiences: Record<string, (text: string) => TokenSource | undefined> = {
    given: (audience) => void createServiceClient({ url: 'https://search.example', audience }),
    asked: (audience) => ({ identity: 'own', fetchIdToken: () => applicationDefault().fetchIdToken(audience) }),
  };
  for (const [name, make] of Object.entries(audiences)) await property(name, (text) => () => make(text), 30, known);
});

test('nor the parts of one that slashes divide', () => {
  const told = hideRandom('it says AAAAAAAAAAAAAAAAAAAA/AAAAAAAAAAAAAAAA5AAz/short/AAAAAAAAAAAA, of projects/acme');
  expect(told).toBe('it says [hidden]/[hidden]/short/[hidden], of projects/acme');
});
