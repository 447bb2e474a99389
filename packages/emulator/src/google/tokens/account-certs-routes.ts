import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccountKey, AccountKeys } from '../../identity/accounts/account-keys.ts';
import type { Accounts, ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { SystemKeys } from '../../identity/accounts/system-keys.ts';
import { certify, certifyFor, subjectOf } from '../../identity/keys/certificates.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';

export interface AccountCertsOptions {
  readonly accounts: Accounts;
  readonly accountKeys: AccountKeys;
  readonly systemKeys: SystemKeys;
}

const CACHE = 'public, max-age=21600, must-revalidate, no-transform';

/**
 * By which keys a service account's signatures are verified, without a sign-in: a JWK set of the key that `signBlob` and
 * `signJwt` use and of those that users made, and a certificate of each.
 * @see https://docs.cloud.google.com/iam/docs/service-account-creds#public-keys
 */
export async function accountCertsRoutes(
  app: FastifyInstance,
  { accounts, accountKeys, systemKeys }: AccountCertsOptions,
): Promise<void> {
  for (const path of [
    '/service_accounts/v1/jwk/:account',
    '/service_accounts/v1/metadata/jwk/:account',
    '/robot/v1/metadata/jwk/:account',
  ])
    app.get(path, async (request, reply) => {
      const account = named(request);
      const { jwk } = await systemKeys.of(account);
      const ofUsers = good(account).map(({ keyId, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        alg: 'RS256',
        use: 'sig',
        kid: keyId,
      }));
      return reply.header('cache-control', CACHE).send({ keys: [jwk, ...ofUsers] });
    });
  for (const path of ['/service_accounts/v1/metadata/x509/:account', '/robot/v1/metadata/x509/:account'])
    app.get(path, async (request, reply) => {
      const account = named(request);
      const signer = await systemKeys.of(account);
      const ofUsers = good(account).map(async ({ keyId, publicKey, certificate }) => [
        keyId,
        certificate ?? (await certifyFor(publicKey, signer, account.email)),
      ]);
      const own = await certify(signer, subjectOf(account.email));
      const all = [[signer.kid, own], ...(await Promise.all(ofUsers))];
      return reply.header('cache-control', CACHE).send(Object.fromEntries(all));
    });

  /** Its keys that users have, and that are not disabled. */
  function good(account: ServiceAccount): readonly AccountKey[] {
    return accountKeys.of(account.email).filter(({ disabled }) => !disabled);
  }

  function named({ params }: FastifyRequest): ServiceAccount {
    const { account: name } = params as { account: string };
    const account = accounts.byEmail(name) ?? accounts.byUniqueId(name);
    if (account === undefined) throw new GoogleError('NOT_FOUND', `Unknown service account: ${name}`);
    return account;
  }
}
