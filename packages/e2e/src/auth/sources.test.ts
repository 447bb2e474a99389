import { createServiceClient, serviceAccountKey } from '@run-edges/auth/outbound';
import type { ServiceAccountKeyFile } from '@run-edges/emulator';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from './caller.ts';
import { externalAccount, federatedMember, impersonatedAccount } from './identities.ts';
import {
  DEVELOPER,
  type Env,
  FEDERATED,
  type Grant,
  OPEN_ID,
  type Options,
  Setting,
  TOKEN_CREATOR,
} from './setting.ts';

let here: Setting;
let strangersKey: ServiceAccountKeyFile;
beforeAll(async () => {
  here = await Setting.start();
  strangersKey = await here.google.cloud.serviceAccountKey('stranger');
});
afterAll(() => here[Symbol.asyncDispose]());

/** The service account that a caller has come to be: login, who may call user-profiles, and not search. */
async function expectLogin(call: (...services: string[]) => Promise<Outcome[]>): Promise<void> {
  const { cloud, emailOf, reached } = here.google;
  const before = reached('search');
  const [allowed, forbidden] = await call('user-profiles', 'search');
  expect(allowed).toMatchObject({ status: 200 });
  expect(JSON.parse(allowed && 'body' in allowed ? allowed.body : '')).toMatchObject({
    service: 'user-profiles',
    caller: emailOf('login'),
  });
  expect(forbidden).toMatchObject({
    name: 'FrontEndError',
    code: 'RUN_AUTH_FRONT_END_FORBIDDEN',
    status: 403,
    caller: emailOf('login'),
    receiver: cloud.service('search').url,
    message: expect.stringContaining('may not invoke the receiver'),
    mend: expect.stringContaining(`--member=serviceAccount:${emailOf('login')} --role=roles/run.invoker`),
  });
  expect(cloud.decisions.list().at(-1)).toMatchObject({ caller: 'login', receiver: 'search', rule: 'not-an-invoker' });
  expect(reached('search')).toBe(before);
}

interface Way {
  readonly env: Env;
  readonly options?: Options;
  /** What must be granted first; without any one of them, IAM refuses. */
  readonly grants?: readonly Grant[];
  /** How the mend names the member of the first grant: not all credentials tell who they are. */
  readonly first?: string;
}

const direct: Record<string, () => Way | Promise<Way>> = {
  'the metadata server': () => ({ env: here.google.cloud.env('login') }),
  'a service account key file': async () => ({
    env: here.laptop.env(await here.google.cloud.serviceAccountKey('login')),
    options: { endpoints: here.endpoints },
  }),
};

const developer = (): Grant[] => [[here.account('login'), OPEN_ID, `user:${DEVELOPER}`]];

/** The issuer's pool is told by the file; which of its subjects this is, by the subject token alone. */
const subject = (): string => federatedMember(here.google.cloud, { ...here.issuer, subject: 'SUBJECT' });
const person = 'user:E-MAIL';
/** The issuer's subject may be the stranger, and the stranger login. */
const throughStranger = (): Grant[] => [
  [here.account('stranger'), FEDERATED, federatedMember(here.google.cloud, here.issuer)],
  [here.account('login'), OPEN_ID, here.member('stranger')],
];
const externalStranger = async (): Promise<object> =>
  externalAccount(here.google.cloud, { file: await here.tokenFile() }, here.google.emailOf('stranger'));

const granted: Record<string, () => Way | Promise<Way>> = {
  'impersonation from the metadata server': () => ({
    env: here.google.cloud.env('stranger'),
    options: here.asLogin,
    grants: [[here.account('login'), OPEN_ID, here.member('stranger')]],
  }),
  'impersonation from a key file': () => ({
    env: here.laptop.env(strangersKey),
    options: here.asLogin,
    grants: [[here.account('login'), OPEN_ID, here.member('stranger')]],
    first: here.member('stranger'),
  }),
  'impersonation through a delegate': () => ({
    env: here.google.cloud.env('stranger'),
    options: { ...here.asLogin, delegates: [here.google.emailOf('user-profiles')] },
    grants: [
      [here.account('user-profiles'), TOKEN_CREATOR, here.member('stranger')],
      [here.account('login'), OPEN_ID, here.member('user-profiles')],
    ],
  }),
  'an external account with a file': async () => ({
    env: here.external({ file: await here.tokenFile() }),
    options: { endpoints: here.endpoints },
    grants: here.federation,
    first: subject(),
  }),
  'an external account with a URL': () => ({
    env: here.external(here.tokenUrl),
    options: { endpoints: here.endpoints },
    grants: here.federation,
    first: subject(),
  }),
  'an external account with an executable': async () => ({
    env: {
      ...here.external({ executable: { command: await here.executable() } }),
      GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1',
    },
    options: { endpoints: here.endpoints },
    grants: here.federation,
    first: subject(),
  }),
  'an external account without a service account, impersonating': async () => ({
    env: here.laptop.env(externalAccount(here.google.cloud, { file: await here.tokenFile() })),
    options: here.asLogin,
    grants: here.federation,
    first: subject(),
  }),
  "a person's login, impersonating": async () => ({
    env: here.laptop.env(await here.google.cloud.userCredentials(DEVELOPER)),
    options: here.asLogin,
    grants: developer(),
    first: person,
  }),
  "a person's login that impersonates by its file": async () => ({
    env: here.laptop.env(
      impersonatedAccount(await here.google.cloud.userCredentials(DEVELOPER), here.google.emailOf('login')),
    ),
    options: { endpoints: here.endpoints },
    grants: developer(),
    first: person,
  }),
  'an external account for another account, impersonating': async () => ({
    env: here.laptop.env(await externalStranger()),
    options: here.asLogin,
    grants: throughStranger(),
    first: subject(),
  }),
  'an external account for another account, impersonating through a delegate': async () => ({
    env: here.laptop.env(await externalStranger()),
    options: { ...here.asLogin, delegates: [here.google.emailOf('user-profiles')] },
    grants: [
      ...throughStranger().slice(0, 1),
      [here.account('user-profiles'), TOKEN_CREATOR, here.member('stranger')],
      [here.account('login'), OPEN_ID, here.member('user-profiles')],
    ],
    first: subject(),
  }),
  'a file that impersonates by an external account for another account': async () => ({
    env: here.laptop.env(impersonatedAccount(await externalStranger(), here.google.emailOf('login'))),
    options: { endpoints: here.endpoints },
    grants: throughStranger(),
    first: subject(),
  }),
  'a file that impersonates by an external account without one': async () => ({
    env: here.laptop.env(
      impersonatedAccount(
        externalAccount(here.google.cloud, { file: await here.tokenFile() }),
        here.google.emailOf('login'),
      ),
    ),
    options: { endpoints: here.endpoints },
    grants: here.federation,
    first: subject(),
  }),
  'a file that impersonates by a key, through a delegate': () => ({
    env: here.laptop.env({
      ...impersonatedAccount(strangersKey, here.google.emailOf('login')),
      delegates: [here.google.emailOf('user-profiles')],
    }),
    options: { endpoints: here.endpoints },
    grants: [
      [here.account('user-profiles'), TOKEN_CREATOR, here.member('stranger')],
      [here.account('login'), OPEN_ID, here.member('user-profiles')],
    ],
    first: here.member('stranger'),
  }),
  'a file that impersonates by a file that does, by a person': async () => ({
    env: here.laptop.env(
      impersonatedAccount(
        impersonatedAccount(await here.google.cloud.userCredentials(DEVELOPER), here.google.emailOf('stranger')),
        here.google.emailOf('login'),
      ),
    ),
    options: { endpoints: here.endpoints },
    grants: [
      [here.account('stranger'), TOKEN_CREATOR, `user:${DEVELOPER}`],
      [here.account('login'), OPEN_ID, here.member('stranger')],
    ],
    first: person,
  }),
};

describe('every source is login, who may call user-profiles and not search', () => {
  for (const [name, make] of Object.entries({ ...direct, ...granted }))
    test(name, async () => {
      const { env, options = {}, grants = [] } = await make();
      await here.withGrants(grants, () => expectLogin((...services) => here.callFrom(env, options, ...services)));
    });

  test('a key in hand, by undici and by fetch', async () => {
    const source = serviceAccountKey(await here.google.cloud.serviceAccountKey('login'), { endpoints: here.endpoints });
    await expectLogin(async (allowed = '', forbidden = '') => [
      await here.callWith(source, allowed),
      await here.callWith(source, forbidden),
    ]);
    const { url } = here.google.cloud.service('user-profiles');
    const { origin, interceptor } = createServiceClient({ url, source });
    const pool = new Pool(origin);
    const { statusCode, body } = await pool.compose(interceptor).request({ path: '/', method: 'GET' });
    expect(statusCode).toBe(200);
    expect(await body.json()).toMatchObject({ caller: here.google.emailOf('login') });
    await pool.close();
  });
});

describe('without its role a source is refused, with the command that grants it', () => {
  for (const [name, make] of Object.entries(granted))
    test(name, async () => {
      const { env, options = {}, grants = [], first } = await make();
      for (const missing of grants) {
        const rest = grants.filter((grant) => grant !== missing);
        const [refused] = await here.withGrants(rest, () => here.callFrom(env, options, 'user-profiles'));
        expect(refused).toMatchObject({ name: 'TokenError', code: 'RUN_AUTH_IMPERSONATION_DENIED' });
        const [resource, role, granted] = missing;
        const named = resource.slice('serviceAccounts/'.length);
        const member = missing === grants[0] ? (first ?? 'MEMBER') : granted;
        expect(refused).toMatchObject({
          mend: `Run \`gcloud iam service-accounts add-iam-policy-binding ${named} --member=${member} --role=${role}\`.`,
        });
      }
    });
});
