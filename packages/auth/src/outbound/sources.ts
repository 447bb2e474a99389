import {
  type AuthClient,
  BaseExternalAccountClient,
  Compute,
  Impersonated,
  JWT,
  UserRefreshClient,
} from 'google-auth-library';
import { TokenError } from '../errors.ts';
import {
  check,
  group,
  HOSTS,
  having,
  invalid,
  isPlainObject,
  list,
  type Rules,
  readKnown,
  readOptions,
  required,
  TEXT,
  textLike,
} from '../options.ts';
import { messageOf } from '../safe-cause.ts';
import { CLOUD_PLATFORM, type Discovered, discover } from './discovery.ts';
import {
  ENDPOINT_RULES,
  type GoogleEndpointOptions,
  type GoogleEndpoints,
  readEndpoints,
  redirectEndpoints,
} from './endpoints.ts';
import { generateIdToken, type Impersonation } from './generate-id-token.ts';
import { checkAudience } from './receiver.ts';
import type { TokenSource } from './source.ts';
import { explainTokenError } from './token-errors.ts';

/** Options of the token sources. */
export interface SourceOptions {
  /**
   * The service account to act as, by e-mail address. The credentials found need
   * roles/iam.serviceAccountOpenIdTokenCreator on it.
   */
  readonly impersonate?: string;
  /** Service accounts through which that role is delegated, in order. */
  readonly delegates?: readonly string[];
  /** Google's endpoints, for local stand-ins. https, unless loopback or in `plainHttpHosts`. */
  readonly endpoints?: GoogleEndpointOptions;
  /** Host names that may be reached over plain http. */
  readonly plainHttpHosts?: readonly string[];
}

/** A service account's address or its number: both stand in paths of URLs, where other letters could lead elsewhere. */
const ACCOUNT = /^(?:[\w.-]+@[\w.-]+|\d+)$/;
const IS_ACCOUNT = 'the e-mail address or the unique id of a service account';

/** What each option of a source must be. */
export const SOURCE_RULES: Rules<SourceOptions> = {
  impersonate: textLike(IS_ACCOUNT, ACCOUNT),
  delegates: list('a list of e-mail addresses or unique ids of service accounts', (value) => ACCOUNT.test(value)),
  endpoints: group('endpoints', ENDPOINT_RULES),
  plainHttpHosts: HOSTS,
};

/**
 * The Application Default Credentials, as every Google library finds them: GOOGLE_APPLICATION_CREDENTIALS, gcloud's file,
 * the metadata server of Cloud Run. The default source of a client.
 */
export function applicationDefault(options: SourceOptions = {}): TokenSource {
  return defaultSource(readOptions(options, SOURCE_RULES));
}

/** The same, of options that have been read. */
export function defaultSource(options: SourceOptions): TokenSource {
  const { GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, HOME, GCE_METADATA_HOST, GCE_METADATA_IP } = process.env;
  const where = [GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, HOME, GCE_METADATA_HOST, GCE_METADATA_IP];
  return googleSource(`application-default(${where.join(',')})`, options, (settings) =>
    discover(settings.impersonation !== undefined, settings.endpoints),
  );
}

/** Options of {@link metadataServer}. */
export interface MetadataServerOptions extends SourceOptions {
  /** Another service account of the machine than its default one: Cloud Run has no other. */
  readonly serviceAccount?: string;
}

const METADATA_RULES: Rules<MetadataServerOptions> = {
  ...SOURCE_RULES,
  serviceAccount: textLike(`'default', or ${IS_ACCOUNT}`, new RegExp(`^default$|${ACCOUNT.source}`)),
};

/** The metadata server, without looking for credential files or probing first. */
export function metadataServer(given: MetadataServerOptions = {}): TokenSource {
  const options = readOptions(given, METADATA_RULES);
  const { serviceAccount: serviceAccountEmail = 'default' } = options;
  const { GCE_METADATA_HOST, GCE_METADATA_IP } = process.env;
  const where = [serviceAccountEmail, GCE_METADATA_HOST, GCE_METADATA_IP];
  return googleSource(`metadata-server(${where.join(',')})`, options, async () => ({
    client: new Compute({ serviceAccountEmail }),
    serviceAccount: undefined,
  }));
}

/** A service account's key, as in its JSON file. Prefer anything else: a key is a password that does not expire. */
export interface ServiceAccountKey {
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id?: string;
}

const KEY_RULES: Rules<ServiceAccountKey> = {
  client_email: required(textLike('a text, not empty', /./)),
  private_key: required(textLike('a text, not empty', /./)),
  private_key_id: TEXT,
};

/** A service account key: the self-signed assertion is exchanged at Google's token endpoint. */
export function serviceAccountKey(given: ServiceAccountKey, options: SourceOptions = {}): TokenSource {
  if (!isPlainObject(given)) throw invalid('The service account key must be what its JSON file holds.');
  const key = readKnown(given, KEY_RULES, 'key.');
  const identity = `key(${key.client_email},${key.private_key_id ?? ''})`;
  return googleSource(identity, readOptions(options, SOURCE_RULES), async ({ impersonation }) => ({
    client: new JWT({
      email: key.client_email,
      key: key.private_key,
      ...(key.private_key_id !== undefined && { keyId: key.private_key_id }),
      ...(impersonation !== undefined && { scopes: [CLOUD_PLATFORM] }),
    }),
    serviceAccount: undefined,
  }));
}

let clients = 0;
const clientNames = new WeakMap<AuthClient, string>();

/** Any client of google-auth-library that you have made yourself. */
export function authClient(given: AuthClient, options: SourceOptions = {}): TokenSource {
  const client = check(
    given,
    'client',
    having<AuthClient>('a client of google-auth-library', 'request', 'getAccessToken'),
  );
  const name = clientNames.get(client) ?? `client(${++clients})`;
  clientNames.set(client, name);
  const serviceAccount = client instanceof BaseExternalAccountClient ? client.getServiceAccountEmail() : null;
  return googleSource(name, readOptions(options, SOURCE_RULES), async () => ({
    client,
    serviceAccount: serviceAccount ?? undefined,
  }));
}

interface Settings {
  readonly impersonation: Impersonation | undefined;
  readonly endpoints: GoogleEndpoints;
}

function googleSource(
  name: string,
  options: SourceOptions,
  find: (settings: Settings) => Promise<Discovered>,
): TokenSource {
  const settings = readSettings(options);
  const { impersonation, endpoints } = settings;
  const steps = [impersonation?.serviceAccount, ...(impersonation?.delegates ?? [])].filter(Boolean);
  const redirected = options.endpoints === undefined ? [] : [endpoints.token?.href, endpoints.iamCredentials.href];
  const identity = [name, ...steps, ...redirected].join(' > ');
  let found: Promise<Discovered> | undefined;
  const asked = new Set<string>();
  const prepared = new WeakSet<AuthClient>();

  const findOnce = (audience: string): Promise<Discovered> => {
    found ??= find(settings).then(
      (discovered) => {
        if (!prepared.has(discovered.client)) prepareClient(discovered.client, endpoints);
        prepared.add(discovered.client);
        return discovered;
      },
      (cause: unknown) => {
        found = undefined;
        const what = `No Google credentials (${messageOf(cause)}).`;
        throw new TokenError('RUN_AUTH_NO_CREDENTIALS', audience, what, { cause });
      },
    );
    return found;
  };

  return {
    identity,
    async fetchIdToken(given) {
      const audience = checkAudience(given);
      // Asked while it is silent: the client may share one hanging request for its access token with all that come.
      if (asked.has(audience)) found = undefined;
      asked.add(audience);
      try {
        const discovered = await findOnce(audience);
        return await mint(discovered, settings, audience).catch((cause: unknown) => {
          // What the client remembers (an access token, by the clock on the wall) may be what failed.
          found = undefined;
          throw explainTokenError(cause, discovered.client, audience, impersonation ?? discovered);
        });
      } finally {
        asked.delete(audience);
      }
    },
  };
}

/** Sets up a client of google-auth-library, whoever made it. */
function prepareClient(client: AuthClient, endpoints: GoogleEndpoints): void {
  redirectEndpoints(client, endpoints);
  // An access token that is refused is fetched anew, though by the clock it should be good.
  client.forceRefreshOnFailure = true;
  // biome-ignore lint/complexity/useLiteralKeys: it is private, and has no other name
  if (client instanceof Impersonated) client['sourceClient'].forceRefreshOnFailure = true;
}

function readSettings(options: SourceOptions): Settings {
  const { impersonate, delegates = [], endpoints = {}, plainHttpHosts = [] } = options;
  if (impersonate === undefined && delegates.length > 0) throw invalid('delegates is of no use without impersonate.');
  return {
    impersonation: impersonate === undefined ? undefined : { serviceAccount: impersonate, delegates },
    endpoints: readEndpoints(endpoints, new Set(plainHttpHosts)),
  };
}

/** Gets the ID token in the one way that the kind of credentials has. */
function mint(discovered: Discovered, { impersonation, endpoints }: Settings, audience: string): Promise<string> {
  const { client, serviceAccount } = discovered;
  if (impersonation !== undefined) return generateIdToken(client, endpoints, impersonation, audience);
  if (client instanceof UserRefreshClient)
    throw new TokenError('RUN_AUTH_USER_CREDENTIALS', audience, `No ID token for ${audience} from a person's login.`);
  if (client instanceof BaseExternalAccountClient) {
    if (serviceAccount !== undefined)
      return generateIdToken(client, endpoints, { serviceAccount, delegates: [] }, audience);
    throw new TokenError(
      'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT',
      audience,
      `No ID token for ${audience} from a federated principal.`,
    );
  }
  if (canFetchIdToken(client)) return client.fetchIdToken(audience);
  throw new TokenError(
    'RUN_AUTH_CREDENTIALS_UNSUPPORTED',
    audience,
    `${client.constructor.name} of google-auth-library has no ID token for ${audience}.`,
  );
}

function canFetchIdToken(client: AuthClient): client is AuthClient & { fetchIdToken(aud: string): Promise<string> } {
  return 'fetchIdToken' in client && typeof client.fetchIdToken === 'function';
}
