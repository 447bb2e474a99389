import {
  type AuthClient,
  Compute,
  GDCH_SERVICE_ACCOUNT_TYPE,
  GoogleAuth,
  type GoogleAuthOptions,
  gcpMetadata,
  JWT,
  UserRefreshClient,
} from 'google-auth-library';
import { isRunAuthError } from '../errors.ts';
import { safeCause } from '../safe-cause.ts';
import { readAccount, resourceName } from './account.ts';
import { isAlready, isWhom } from './chain.ts';
import type { Impersonation } from './generate-id-token.ts';
import { secretsIn, secretsInVariables } from './given-secrets.ts';
import { readPrivateKey } from './private-key.ts';
import { checkFileVariable, checkMetadataServerVariable } from './variables.ts';

/** What Google's own search for credentials found. */
export interface Discovered {
  readonly client: AuthClient;
  /** The service account of which the client shall ask an ID token, where it mints none of its own. */
  readonly serviceAccount?: string | undefined;
  /** What no error may tell of the file where they stood. */
  readonly secrets: readonly string[];
}

/** The scope that iamcredentials asks for. https://cloud.google.com/iam/docs/reference/credentials/rest */
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Finds the Application Default Credentials as google-auth-library does: GOOGLE_APPLICATION_CREDENTIALS, gcloud's file,
 * the metadata server. One exception: a person's credentials cannot mint ID tokens, so when GCE_METADATA_HOST names a
 * metadata server on purpose, that is asked instead.
 *
 * @throws ConfigError when a variable or the file holds something else than it should
 */
export async function discover(actAs: Impersonation | undefined): Promise<Discovered> {
  await checkFileVariable();
  const auth = new Discovery(actAs);
  try {
    const client = await auth.getClient();
    if (client instanceof UserRefreshClient && actAs === undefined && isMetadataServerNamed()) {
      checkMetadataServerVariable();
      return { client: new Compute(), secrets: [] };
    }
    const { serviceAccount, secrets } = auth;
    return { client: withoutScopes(client, actAs), serviceAccount, secrets };
  } catch (error) {
    // The library remembers for good that no metadata server answered; it may be up at the next attempt.
    gcpMetadata.resetIsAvailableCache();
    throw isRunAuthError(error) ? error : safeCause(error, undefined, [...auth.secrets, ...secretsInVariables()]);
  }
}

/** A key of the very account that the client shall be needs no access token: with a scope Google would give it one. */
function withoutScopes(client: AuthClient, actAs: Impersonation | undefined): AuthClient {
  const isTarget = client instanceof JWT && actAs !== undefined && isAlready(client, actAs);
  return isTarget ? client.createScoped() : client;
}

function isMetadataServerNamed(): boolean {
  return Boolean(process.env.GCE_METADATA_HOST ?? process.env.GCE_METADATA_IP);
}

type CredentialFile = Parameters<GoogleAuth['fromJSON']>[0];
type JsonClient = ReturnType<GoogleAuth['fromJSON']>;
/** What may stand in a file, of whatever kind. */
interface Fields {
  readonly type?: unknown;
  readonly private_key?: unknown;
  readonly delegates?: unknown;
  readonly service_account_impersonation_url?: unknown;
}

/** google-auth-library's search, with changes at the point where a credential file becomes a client. */
class Discovery extends GoogleAuth {
  readonly #actAs: Impersonation | undefined;
  /** How many files stand around the one that is read: a file that impersonates holds its source. */
  #depth = 0;
  serviceAccount: string | undefined;
  secrets: readonly string[] = [];

  constructor(actAs: Impersonation | undefined) {
    // No call here needs the project. Unless one is named, the library starts `gcloud` to ask for it: up to 2 s.
    const options: GoogleAuthOptions = { projectId: 'not-needed-for-id-tokens' };
    super(actAs === undefined ? options : { ...options, scopes: [CLOUD_PLATFORM] });
    this.#actAs = actAs;
  }

  override fromJSON(json: CredentialFile, options?: Parameters<GoogleAuth['fromJSON']>[1]): JsonClient {
    const isSource = this.#depth > 0;
    if (!isSource) this.secrets = secretsIn(json);
    this.#depth += 1;
    const client = super.fromJSON({ ...json, ...this.#corrected(Object(json), isSource) } as CredentialFile, options);
    this.#depth -= 1;
    if (isSource && client instanceof JWT) client.scopes = [CLOUD_PLATFORM];
    return client;
  }

  override async _checkIsGCE(): Promise<boolean> {
    checkMetadataServerVariable();
    return super._checkIsGCE();
  }

  /** What is read otherwise than it stands in the file. */
  #corrected(file: Fields, isSource: boolean): object {
    if (file.type === 'external_account') return isSource ? {} : this.#nearest(file);
    if (file.type === 'impersonated_service_account') {
      const { delegates } = file;
      // A source gives access tokens, which have scopes.
      return {
        ...(Array.isArray(delegates) && { delegates: delegates.map(asResourceName) }),
        ...(isSource && { scopes: [CLOUD_PLATFORM] }),
      };
    }
    if (file.type === GDCH_SERVICE_ACCOUNT_TYPE || typeof file.private_key !== 'string') return {};
    const field = isSource ? 'private_key in source_credentials' : 'private_key';
    return { private_key: readPrivateKey(file.private_key, field) };
  }

  /**
   * An external account with a service account would be exchanged for that account's access token. Where the ID token
   * shall be that account's own, it is one hop nearer: the federated token may ask for it directly.
   */
  #nearest({ service_account_impersonation_url: url }: Fields): object {
    const account = readAccount(/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(String(url ?? ''))?.[1]);
    const isLast = this.#actAs === undefined || isWhom(account, this.#actAs);
    if (!isLast) return {};
    this.serviceAccount = account;
    return { service_account_impersonation_url: undefined };
  }
}

function asResourceName(delegate: unknown): unknown {
  const account = readAccount(delegate);
  return account === undefined ? delegate : resourceName(account);
}
