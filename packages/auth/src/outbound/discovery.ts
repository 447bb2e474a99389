import {
  type AuthClient,
  Compute,
  GoogleAuth,
  type GoogleAuthOptions,
  gcpMetadata,
  UserRefreshClient,
} from 'google-auth-library';
import type { GoogleEndpoints } from './endpoints.ts';
import { redirectEndpoints } from './endpoints.ts';

/** What Google's own search for credentials found. */
export interface Discovered {
  readonly client: AuthClient;
  /** The service account that an external account's file names. */
  readonly serviceAccount: string | undefined;
}

/** The scope that iamcredentials asks for. https://cloud.google.com/iam/docs/reference/credentials/rest */
export const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Finds the Application Default Credentials as google-auth-library does: GOOGLE_APPLICATION_CREDENTIALS, gcloud's file,
 * the metadata server. One exception: a person's credentials cannot mint ID tokens, so when GCE_METADATA_HOST names a
 * metadata server on purpose, that is asked instead.
 */
export async function discover(asSource: boolean, endpoints: GoogleEndpoints): Promise<Discovered> {
  const auth = new Discovery(endpoints, asSource ? [CLOUD_PLATFORM] : undefined);
  try {
    const client = await auth.getClient();
    if (client instanceof UserRefreshClient && !asSource && isMetadataServerNamed())
      return { client: new Compute(), serviceAccount: undefined };
    return { client, serviceAccount: auth.federatedServiceAccount };
  } catch (error) {
    // The library remembers for good that no metadata server answered; it may be up at the next attempt.
    gcpMetadata.resetIsAvailableCache();
    throw error;
  }
}

function isMetadataServerNamed(): boolean {
  return Boolean(process.env.GCE_METADATA_HOST ?? process.env.GCE_METADATA_IP);
}

type CredentialFile = Parameters<GoogleAuth['fromJSON']>[0];
type JsonClient = ReturnType<GoogleAuth['fromJSON']>;

/** google-auth-library's search, with two changes at the point where a credential file becomes a client. */
class Discovery extends GoogleAuth {
  readonly #endpoints: GoogleEndpoints;
  federatedServiceAccount: string | undefined;

  constructor(endpoints: GoogleEndpoints, scopes: string[] | undefined) {
    // No call here needs the project. Unless one is named, the library starts `gcloud` to ask for it: up to 2 s.
    const options: GoogleAuthOptions = { projectId: 'not-needed-for-id-tokens' };
    super(scopes === undefined ? options : { ...options, scopes });
    this.#endpoints = endpoints;
  }

  override fromJSON(json: CredentialFile, options?: Parameters<GoogleAuth['fromJSON']>[1]): JsonClient {
    const client = super.fromJSON(this.#withoutImpersonation(json), options);
    redirectEndpoints(client, this.#endpoints);
    return client;
  }

  /**
   * An external account with a service account would be exchanged for that account's access token. Its ID token is one
   * hop nearer: the federated token may ask for it directly.
   */
  #withoutImpersonation(json: CredentialFile): CredentialFile {
    if (json.type !== 'external_account') return json;
    const { service_account_impersonation_url: url, ...rest } = json as CredentialFile & {
      service_account_impersonation_url?: string;
    };
    this.federatedServiceAccount = /serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url ?? '')?.[1];
    return rest;
  }
}
