import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Permission } from '../../../iam/roles/permissions.ts';
import type { AccountKey } from '../../../identity/accounts/account-keys.ts';
import type { ServiceAccount } from '../../../identity/accounts/accounts.ts';
import { certifyFor, readCertificate } from '../../../identity/keys/certificates.ts';
import { GOOGLE_TOKEN_URL } from '../../../identity/tokens/tokens.ts';
import { GoogleError, invalidField } from '../../../internal/google-api/google-error.ts';
import { type Call, type CallOptions, noRoute, readCall } from '../../http/call.ts';
import { permit } from '../../http/permit.ts';
import type { AdminContext } from '../admin-context.ts';

/** What Google allows for one account. */
const MOST_KEYS = 10;
const KEY_TYPES = ['USER_MANAGED', 'SYSTEM_MANAGED'];
const PUBLIC_KEY_TYPES = ['TYPE_NONE', 'TYPE_X509_PEM_FILE', 'TYPE_RAW_PUBLIC_KEY'];

/**
 * Keys of service accounts: those that users made or uploaded, and the one that Google itself signs with for the account. The
 * private half of a key that was made is in the answer to its creation and nowhere else.
 * @see https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys
 */
export async function accountKeyRoutes(
  app: FastifyInstance,
  context: CallOptions & Pick<AdminContext, 'iam' | 'accountKeys' | 'systemKeys' | 'apis'>,
): Promise<void> {
  const { project, iam, accounts, accountKeys, systemKeys, apis, now } = context;

  const read = async (
    request: FastifyRequest,
    permission: Permission | ((call: Call) => Permission),
  ): Promise<Call & { account: ServiceAccount }> => {
    const call = await readCall(request, context);
    apis.need('iam.googleapis.com');
    const { account: name } = request.params as { account: string };
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    const needed = typeof permission === 'string' ? permission : permission(call);
    permit(iam, call.caller, needed, `serviceAccounts/${account.email}`);
    return { ...call, account };
  };

  const base = '/v1/projects/:project/serviceAccounts/:account/keys';
  app.post(base, async (request) => {
    const { account, body } = await read(request, 'iam.serviceAccountKeys.create');
    if (!['TYPE_GOOGLE_CREDENTIALS_FILE', undefined, 2].includes(body.privateKeyType as string))
      throw invalidField('private_key_type', 'run-edges makes TYPE_GOOGLE_CREDENTIALS_FILE alone.');
    if (!['KEY_ALG_RSA_2048', 'KEY_ALG_UNSPECIFIED', undefined, 0, 2].includes(body.keyAlgorithm as string))
      throw invalidField('key_algorithm', 'run-edges makes KEY_ALG_RSA_2048 alone.');
    checkRoom(account);
    const tokenUrl = request.hostname === 'iam.googleapis.com' ? GOOGLE_TOKEN_URL : `http://${request.host}/token`;
    const file = await accountKeys.make(account, project, tokenUrl, now());
    const key = accountKeys.find(file.private_key_id) as AccountKey;
    return {
      ...shown(key),
      privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE',
      privateKeyData: Buffer.from(`${JSON.stringify(file, null, 2)}\n`).toString('base64'),
    };
  });
  app.post(`${base}::upload`, async (request) => {
    const { account, body } = await read(request, 'iam.serviceAccountKeys.create');
    const certificate = uploaded(body.publicKeyData);
    checkRoom(account);
    const key = accountKeys.upload(account, certificate);
    if (key === undefined) throw new GoogleError('ALREADY_EXISTS', 'A key with the same public key exists already.');
    return shown(key);
  });
  app.get(base, async (request) => {
    const { account } = await read(request, 'iam.serviceAccountKeys.list');
    const types = keyTypes((request.query as { keyTypes?: unknown }).keyTypes);
    const keys = [
      ...(types.includes('SYSTEM_MANAGED') ? [await systemKeys.keyOf(account)] : []),
      ...(types.includes('USER_MANAGED') ? accountKeys.of(account.email) : []),
    ];
    return keys.length === 0 ? {} : { keys: keys.map(shown) };
  });
  app.get(`${base}/:target`, async (request) => {
    const { account, name, query } = await read(request, 'iam.serviceAccountKeys.get');
    const { publicKeyType = 'TYPE_NONE' } = query;
    if (!PUBLIC_KEY_TYPES.includes(publicKeyType))
      throw invalidField('public_key_type', `It is one of ${PUBLIC_KEY_TYPES.join(', ')}.`);
    const key = await found(account, name);
    const pem = await publicHalf(key, publicKeyType);
    return { ...shown(key), ...(pem === undefined ? {} : { publicKeyData: Buffer.from(pem).toString('base64') }) };
  });
  app.delete(`${base}/:target`, async (request) => {
    const { account, name } = await read(request, 'iam.serviceAccountKeys.delete');
    accountKeys.remove((await ofUsers(account, name)).keyId);
    return {};
  });
  app.post(`${base}/:target`, async (request) => {
    const { account, name, method } = await read(request, ({ method: verb }) => {
      if (verb !== 'disable' && verb !== 'enable') throw noRoute(request);
      return `iam.serviceAccountKeys.${verb}`;
    });
    accountKeys.disable((await ofUsers(account, name)).keyId, method === 'disable');
    return {};
  });

  async function found(account: ServiceAccount, keyId: string): Promise<AccountKey> {
    const all = [await systemKeys.keyOf(account), ...accountKeys.of(account.email)];
    const key = all.find((one) => one.keyId === keyId);
    if (key === undefined) throw new GoogleError('NOT_FOUND', `Service account key ${keyId} does not exist.`);
    return key;
  }

  async function ofUsers(account: ServiceAccount, keyId: string): Promise<AccountKey> {
    const key = await found(account, keyId);
    if (key.origin === 'system')
      throw new GoogleError(
        'FAILED_PRECONDITION',
        `Service account key ${keyId} is Google's own: users cannot change it.`,
      );
    return key;
  }

  function checkRoom(account: ServiceAccount): void {
    if (accountKeys.of(account.email).length >= MOST_KEYS)
      throw new GoogleError('FAILED_PRECONDITION', `Precondition check failed: at most ${MOST_KEYS} keys per account.`);
  }

  /** In PEM: a certificate, which the account's own key signs where the user brought none, or the bare key. */
  async function publicHalf(key: AccountKey, type: string): Promise<string | undefined> {
    if (type === 'TYPE_RAW_PUBLIC_KEY') return key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    if (type !== 'TYPE_X509_PEM_FILE') return undefined;
    return key.certificate ?? certifyFor(key.publicKey, await systemKeys.of(key.account), key.account.email);
  }

  function shown({ keyId, account, origin, validAfter, validBefore, disabled }: AccountKey): object {
    return {
      name: `projects/${project.id}/serviceAccounts/${account.email}/keys/${keyId}`,
      keyAlgorithm: 'KEY_ALG_RSA_2048',
      keyOrigin: origin === 'uploaded' ? 'USER_PROVIDED' : 'GOOGLE_PROVIDED',
      keyType: origin === 'system' ? 'SYSTEM_MANAGED' : 'USER_MANAGED',
      validAfterTime: rfc3339(validAfter),
      validBeforeTime: rfc3339(validBefore),
      ...(disabled ? { disabled, disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED' } : {}),
    };
  }
}

function keyTypes(asked: unknown): readonly string[] {
  const types = (Array.isArray(asked) ? asked : [asked]).filter((type) => type !== undefined && type !== '');
  const unknown = types.find((type) => !KEY_TYPES.includes(type) && type !== 'KEY_TYPE_UNSPECIFIED');
  if (unknown !== undefined) throw invalidField('key_types', `There is no type ${unknown}.`);
  return types.length === 0 || types.includes('KEY_TYPE_UNSPECIFIED') ? KEY_TYPES : types;
}

/** @throws GoogleError INVALID_ARGUMENT for anything but the certificate of an RSA key */
function uploaded(data: unknown): string {
  const pem = typeof data === 'string' ? Buffer.from(data, 'base64').toString() : '';
  const certificate = readCertificate(pem);
  if (certificate === undefined)
    throw invalidField(
      'public_key_data',
      'It is an RSA public key of 2048 bits or more in an X.509 certificate, PEM in base64.',
    );
  return certificate;
}

/** @param seconds since the epoch */
function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
