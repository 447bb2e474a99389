import { serviceAccountEmail } from '@run-edges/edges';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, noRoute, readCall } from '../api/call.ts';
import { GoogleError } from '../api/google-error.ts';
import { createIamCredentials } from '../api/iam-credentials.ts';
import { createIamPolicies } from '../api/iam-policies.ts';
import { permit } from '../api/permit.ts';
import type { ServiceAccount } from '../identity/accounts.ts';
import { ownEntry } from '../internal/own-entry.ts';
import type { AdminContext } from './admin-context.ts';

const ACCOUNT_ID = /^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/;

/**
 * Service accounts: made, described, listed, deleted, their policies, and being one.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts
 */
export async function serviceAccountRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const { project, iam, accounts, accountKeys, systemKeys, apis } = context;
  const policies = createIamPolicies(context);
  const credentials = createIamCredentials(context);

  const read = async (request: FastifyRequest): Promise<Call> => {
    const call = await readCall(request, context);
    apis.need('iam.googleapis.com');
    return call;
  };

  const base = '/v1/projects/:project/serviceAccounts';
  app.post(base, async (request) => {
    const { caller, body } = await read(request);
    permit(iam, caller, 'iam.serviceAccounts.create', 'project');
    const { accountId, serviceAccount } = body;
    if (typeof accountId !== 'string' || !ACCOUNT_ID.test(accountId))
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `The account ID "${accountId ?? ''}" does not have a length between 6 and 30. It must match the regular expression [a-z]([-a-z0-9]*[a-z0-9]).`,
      );
    const email = serviceAccountEmail(accountId, project.id);
    if (accounts.byEmail(email) !== undefined)
      throw new GoogleError(
        'ALREADY_EXISTS',
        `Service account ${accountId} already exists within project projects/${project.id}.`,
      );
    return shown(accounts.make(email, readTexts(serviceAccount)));
  });
  app.get(base, async (request) => {
    const { caller } = await read(request);
    permit(iam, caller, 'iam.serviceAccounts.list', 'project');
    return { accounts: accounts.list().map(shown) };
  });
  app.get(`${base}/:target`, async (request) => {
    const { caller, name, method } = await read(request);
    if (method !== undefined) throw noRoute(request);
    const account = found(name);
    permit(iam, caller, 'iam.serviceAccounts.get', `serviceAccounts/${account.email}`);
    return shown(account);
  });
  app.patch(`${base}/:target`, async (request) => {
    const { caller, name, body } = await read(request);
    const account = found(name);
    permit(iam, caller, 'iam.serviceAccounts.update', `serviceAccounts/${account.email}`);
    return shown(accounts.describe(account, readTexts(body.serviceAccount)));
  });
  app.delete(`${base}/:target`, async (request) => {
    const { caller, name } = await read(request);
    const account = found(name);
    permit(iam, caller, 'iam.serviceAccounts.delete', `serviceAccounts/${account.email}`);
    accounts.remove(account);
    iam.policies.forget(account);
    accountKeys.forget(account);
    systemKeys.forget(account);
    return {};
  });
  app.post(`${base}/:target`, async (request) => {
    const call = await readCall(request, context);
    const { caller, name, method, body } = call;
    // To be an account wants `-` in place of the project.
    const acts = (request.params as { project: string }).project === '-';
    const be = acts && method !== undefined ? ownEntry(credentials, method) : undefined;
    if (be !== undefined) return be(caller, name, body);
    const answer = policies.answerForAccount(call);
    if (answer === undefined) throw noRoute(request);
    return answer;
  });

  function found(name: string): ServiceAccount {
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    return account;
  }

  function shown({ email, uniqueId, displayName, description }: ServiceAccount): object {
    return {
      name: `projects/${project.id}/serviceAccounts/${email}`,
      projectId: project.id,
      uniqueId,
      email,
      ...(displayName === '' ? {} : { displayName }),
      ...(description === '' ? {} : { description }),
      etag: 'MDEwMjE5MjA=',
      oauth2ClientId: uniqueId,
    };
  }
}

function readTexts(serviceAccount: unknown): { displayName?: string; description?: string } {
  const { displayName, description } = (serviceAccount ?? {}) as Record<string, unknown>;
  for (const [name, value, most] of [
    ['displayName', displayName, 100],
    ['description', description, 256],
  ] as const)
    if (value !== undefined && (typeof value !== 'string' || value.length > most))
      throw new GoogleError('INVALID_ARGUMENT', `${name}: must be a text of at most ${most} characters.`);
  return {
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}
