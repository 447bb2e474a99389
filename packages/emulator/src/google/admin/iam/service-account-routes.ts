import { createHash } from 'node:crypto';
import { serviceAccountEmail } from '@run-edges/edges';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AccountTexts, type ServiceAccount, UNDELETE_S } from '../../../identity/accounts/accounts.ts';
import { isRecord } from '../../../internal/check-settings.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { changed, readMask } from '../../../internal/google-api/update-mask.ts';
import { ownEntry } from '../../../internal/own-entry.ts';
import { type Call, type CallOptions, noRoute, readCall } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import { createIamCredentials } from '../../tokens/iam-credentials.ts';
import type { AdminContext } from '../admin-context.ts';
import { createIamPolicies, type IamPolicyOptions } from '../iam-policies.ts';
import { GOOGLE, page } from '../page.ts';

const ACCOUNT_ID = /^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/;
const CHANGEABLE = ['displayName', 'description'];
const LONGEST = { displayName: 100, description: 256 } as const;
/** @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list */
const PAGES = { ...GOOGLE, usual: 20 };

/**
 * Service accounts: made, described, listed, disabled, deleted and brought back, their policies, and being one.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts
 */
export async function serviceAccountRoutes(
  app: FastifyInstance,
  context: CallOptions & IamPolicyOptions & Pick<AdminContext, 'accountKeys' | 'systemKeys' | 'apis'>,
): Promise<void> {
  const { project, iam, accounts, accountKeys, systemKeys, apis, now } = context;
  const policies = createIamPolicies(context);
  const credentials = createIamCredentials(context);

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    apis.need('iam.googleapis.com');
    return call;
  };
  const readAccount = async (
    request: FastifyRequest,
    verb: 'get' | 'update' | 'delete',
  ): Promise<Call & { account: ServiceAccount }> => {
    const call = await read(request);
    if (call.method !== undefined) throw noRoute(request);
    return { ...call, account: permitted(call, verb) };
  };

  const base = '/v1/projects/:project/serviceAccounts';
  app.post(base, async (request) => {
    const { caller, body } = await read(request);
    permit(iam, caller, 'iam.serviceAccounts.create', 'project');
    const { accountId, serviceAccount } = body;
    if (typeof accountId !== 'string' || !ACCOUNT_ID.test(accountId))
      throw invalidField(
        'account_id',
        `The account ID "${accountId ?? ''}" does not have a length between 6 and 30. It must match the regular expression [a-z]([-a-z0-9]*[a-z0-9]).`,
      );
    const email = serviceAccountEmail(accountId, project.id);
    if (accounts.byEmail(email) !== undefined)
      throw new GoogleError(
        'ALREADY_EXISTS',
        `Service account ${accountId} already exists within project projects/${project.id}.`,
      );
    return shown(accounts.make(email, readTexts(serviceAccount ?? {}, 'service_account.')));
  });
  app.get(base, async (request) => {
    const { caller, query } = await read(request);
    permit(iam, caller, 'iam.serviceAccounts.list', 'project');
    const { items, next } = page(accounts.list(), query, PAGES);
    return {
      ...(items.length === 0 ? {} : { accounts: items.map(shown) }),
      ...(next === undefined ? {} : { nextPageToken: next }),
    };
  });
  app.get(`${base}/:target`, async (request) => shown((await readAccount(request, 'get')).account));
  app.patch(`${base}/:target`, async (request) => {
    const { account, body } = await readAccount(request, 'update');
    const { serviceAccount = {}, updateMask } = body;
    const texts = readTexts(serviceAccount, 'service_account.');
    checkEtag(account, serviceAccount);
    const { displayName, description } = account;
    const after = changed<AccountTexts>({ displayName, description }, texts, readMask(updateMask, CHANGEABLE));
    return shown(accounts.describe(account, { displayName: '', description: '', ...after }));
  });
  // What there was before PATCH: it changes the name that is shown, and nothing else.
  app.put(`${base}/:target`, async (request) => {
    const { account, body } = await readAccount(request, 'update');
    const { displayName = '' } = readTexts(body, '');
    checkEtag(account, body);
    return shown(accounts.describe(account, { displayName }));
  });
  app.delete(`${base}/:target`, async (request) => {
    const { account } = await readAccount(request, 'delete');
    accounts.remove(account, now());
    iam.policies.forget(account);
    accountKeys.forget(account);
    systemKeys.forget(account);
    for (const { uniqueId } of accounts.purge(now())) iam.policies.remove(`serviceAccounts/${uniqueId}`);
    return {};
  });
  app.post(`${base}/:target`, async (request) => {
    const call = await readCall(request, context);
    const { caller, name, method, body } = call;
    const be = method === undefined ? undefined : ownEntry(credentials, method);
    if (be !== undefined) {
      checkWildcard((request.params as { project: string }).project);
      return be(caller, name, body);
    }
    const answer = turn(call) ?? policies.answerForAccount(call);
    if (answer === undefined) throw noRoute(request);
    return answer;
  });

  /** `:disable`, `:enable` and `:undelete`; undefined for any other method. */
  function turn(call: Call): object | undefined {
    const { method, name, caller } = call;
    if (method === 'disable' || method === 'enable') {
      apis.need('iam.googleapis.com');
      accounts.disable(permitted(call, method), method === 'disable');
      return {};
    }
    if (method !== 'undelete') return undefined;
    apis.need('iam.googleapis.com');
    permit(iam, caller, 'iam.serviceAccounts.undelete', 'project');
    return { restoredAccount: shown(undelete(name)) };
  }

  function undelete(name: string): ServiceAccount {
    const deleted = accounts.deleted(name);
    if (deleted === undefined || now() - deleted.at >= UNDELETE_S)
      throw new GoogleError(
        'NOT_FOUND',
        `Service account ${name} was not deleted within the last 30 days. It is named by its unique id.`,
      );
    if (accounts.byEmail(deleted.account.email) !== undefined)
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `Service account ${deleted.account.email} exists: one of the same name cannot be undeleted beside it.`,
      );
    const account = accounts.restore(deleted);
    iam.policies.recall(account);
    return account;
  }

  function permitted({ caller, name }: Call, verb: 'get' | 'update' | 'delete' | 'disable' | 'enable'): ServiceAccount {
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    permit(iam, caller, `iam.serviceAccounts.${verb}`, `serviceAccounts/${account.email}`);
    return account;
  }

  function shown(account: ServiceAccount): object {
    const { email, uniqueId, displayName, description, disabled } = account;
    return {
      name: `projects/${project.id}/serviceAccounts/${email}`,
      projectId: project.id,
      uniqueId,
      email,
      ...(displayName === '' ? {} : { displayName }),
      ...(description === '' ? {} : { description }),
      ...(disabled ? { disabled } : {}),
      etag: etagOf(account),
      oauth2ClientId: uniqueId,
    };
  }
}

/** To be an account wants `-` in place of the project. */
function checkWildcard(project: string): void {
  if (project === '-') return;
  throw invalidField(
    'name',
    `It is projects/-/serviceAccounts/ACCOUNT: the wildcard is required, and "${project}" in its place is invalid.`,
  );
}

function checkEtag(account: ServiceAccount, given: unknown): void {
  const { etag = '' } = isRecord(given) ? given : {};
  if (etag === '' || etag === etagOf(account)) return;
  throw new GoogleError(
    'ABORTED',
    'There were concurrent changes of the service account. Read it again, and retry with the etag that it has now.',
  );
}

/** Base64; another one whenever the account is described anew. */
function etagOf({ uniqueId, displayName, description, disabled }: ServiceAccount): string {
  const said = JSON.stringify([uniqueId, displayName, description, disabled]);
  return Buffer.from(createHash('sha256').update(said).digest('hex').slice(0, 8)).toString('base64');
}

/** @param at where the texts are in the request */
function readTexts(given: unknown, at: string): AccountTexts {
  if (!isRecord(given)) throw invalidField(at.replace(/\.$/, ''), 'It is a service account.');
  for (const [name, most] of Object.entries(LONGEST)) {
    const value = given[name];
    if (value !== undefined && value !== null && (typeof value !== 'string' || value.length > most))
      throw invalidField(`${at}${name}`, `It is a text of at most ${most} characters.`);
  }
  const { displayName, description } = given as AccountTexts;
  return {
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}
