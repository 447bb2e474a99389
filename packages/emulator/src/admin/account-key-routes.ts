import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Call, readCall } from '../api/call.ts';
import { GoogleError } from '../api/google-error.ts';
import { permit } from '../api/permit.ts';
import type { AccountKey } from '../iam/account-keys.ts';
import type { Permission } from '../iam/permissions.ts';
import type { ServiceAccount } from '../identity/accounts.ts';
import type { AdminContext } from './admin-context.ts';

/** What Google allows for one account. */
const MOST_KEYS = 10;

/**
 * Keys of service accounts. The private half is in the answer to its creation and nowhere else.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys
 */
export async function accountKeyRoutes(app: FastifyInstance, context: AdminContext): Promise<void> {
  const { project, iam, accounts, accountKeys } = context;

  const read = async (request: FastifyRequest, permission: Permission): Promise<Call & { account: ServiceAccount }> => {
    const call = await readCall(request, context);
    const { account: name } = request.params as { account: string };
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    permit(iam, call.caller, permission, `serviceAccounts/${account.email}`);
    return { ...call, account };
  };

  const base = '/v1/projects/:project/serviceAccounts/:account/keys';
  app.post(base, async (request) => {
    const { account, body } = await read(request, 'iam.serviceAccountKeys.create');
    if (!['TYPE_GOOGLE_CREDENTIALS_FILE', undefined, 2].includes(body.privateKeyType as string))
      throw new GoogleError('INVALID_ARGUMENT', 'privateKeyType: run-edges makes TYPE_GOOGLE_CREDENTIALS_FILE alone.');
    if (accountKeys.of(account.email).length >= MOST_KEYS)
      throw new GoogleError('FAILED_PRECONDITION', `Precondition check failed: at most ${MOST_KEYS} keys per account.`);
    const file = await accountKeys.make(account, project, `http://${request.host}/token`);
    const [key] = accountKeys.of(account.email).filter(({ keyId }) => keyId === file.private_key_id);
    return {
      ...shown(key as AccountKey),
      privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE',
      privateKeyData: Buffer.from(`${JSON.stringify(file, null, 2)}\n`).toString('base64'),
    };
  });
  app.get(base, async (request) => {
    const { account } = await read(request, 'iam.serviceAccountKeys.list');
    const keys = accountKeys.of(account.email).map(shown);
    return keys.length === 0 ? {} : { keys };
  });
  app.delete(`${base}/:target`, async (request) => {
    const { account, name } = await read(request, 'iam.serviceAccountKeys.delete');
    const key = accountKeys.of(account.email).find(({ keyId }) => keyId === name);
    if (key === undefined) throw new GoogleError('NOT_FOUND', `Service account key ${name} does not exist.`);
    accountKeys.remove(name);
    return {};
  });

  function shown({ keyId, account }: AccountKey): object {
    return {
      name: `projects/${project.id}/serviceAccounts/${account.email}/keys/${keyId}`,
      keyAlgorithm: 'KEY_ALG_RSA_2048',
      keyOrigin: 'GOOGLE_PROVIDED',
      keyType: 'USER_MANAGED',
      validBeforeTime: '9999-12-31T23:59:59Z',
    };
  }
}
