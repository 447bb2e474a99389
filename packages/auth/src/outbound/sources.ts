import { createPublicKey } from 'node:crypto';
import { type AuthClient, BaseExternalAccountClient, Compute, JWT, UserRefreshClient } from 'google-auth-library';
import { isRunAuthError, TokenError } from '../errors.ts';
import {
  check,
  group,
  HOSTS,
  having,
  invalid,
  isPlainObject,
  type Rules,
  readKnown,
  readOptions,
  required,
  TEXT,
} from '../options.ts';
import { messageOf } from '../safe-cause.ts';
import { MACHINE_ACCOUNT, SERVICE_ACCOUNT, SERVICE_ACCOUNT_EMAIL, SERVICE_ACCOUNTS } from './account.ts';
import { accountOf, chainOf, isAlready, isWhom } from './chain.ts';
import { CLOUD_PLATFORM, type Discovered, discover } from './discovery.ts';
import {
  ENDPOINT_RULES,
  type GoogleEndpointOptions,
  type GoogleEndpoints,
  readEndpoints,
  redirectEndpoints,
} from './endpoints.ts';
import { guardExecutable } from './executable.ts';
import { generateIdToken, type Impersonation } from './generate-id-token.ts';
import { readPrivateKey } from './private-key.ts';
import { askLocalsDirectly, askMetadataServerDirectly } from './proxies.ts';
import { checkAudience } from './receiver.ts';
import { before, type TokenSource } from './source.ts';
import { directSlot } from './token-cache.ts';
import { explainTokenError } from './token-errors.ts';
import { checkMetadataServerVariable, digestOf, digestOfVariables } from './variables.ts';

/** Options of the token sources. */
export interface SourceOptions {
  /**
   * The service account to act as: its e-mail address or unique id, also as `serviceAccount:...` or
   * `projects/-/serviceAccounts/...`. The credentials found need roles/iam.serviceAccountOpenIdTokenCreator on it; where
   * those are an external account or a file that impersonates another account, that one needs it.
   */
  readonly impersonate?: string;
  /** Service accounts through which that role is delegated, in order. */
  readonly delegates?: readonly string[];
  /** Google's endpoints, for local stand-ins. https, unless loopback or in `plainHttpHosts`. */
  readonly endpoints?: GoogleEndpointOptions;
  /** Host names that may be reached over plain http. */
  readonly plainHttpHosts?: readonly string[];
}

/** What each option of a source must be. */
export const SOURCE_RULES: Rules<SourceOptions> = {
  impersonate: SERVICE_ACCOUNT,
  delegates: SERVICE_ACCOUNTS,
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
  return googleSource(`application-default(${digestOfVariables()})`, options, ({ impersonation }) =>
    discover(impersonation),
  );
}

/** Options of {@link metadataServer}. */
export interface MetadataServerOptions extends SourceOptions {
  /** Another service account of the machine than its default one: Cloud Run has no other. */
  readonly serviceAccount?: string;
}

const METADATA_RULES: Rules<MetadataServerOptions> = {
  ...SOURCE_RULES,
  serviceAccount: MACHINE_ACCOUNT,
};

/**
 * The metadata server, without looking for credential files or probing first. Asked directly, too, it gives the token that
 * it gave before until that nears its end, as the metadata server itself does where nobody is impersonated.
 */
export function metadataServer(given: MetadataServerOptions = {}): TokenSource {
  const options = readOptions(given, METADATA_RULES);
  const { serviceAccount: serviceAccountEmail = 'default' } = options;
  const name = `metadata-server(${serviceAccountEmail},${digestOfVariables()})`;
  const source = googleSource(name, options, async () => {
    checkMetadataServerVariable();
    return { client: new Compute({ serviceAccountEmail }), secrets: [] };
  });
  return options.impersonate === undefined ? cached(source) : source;
}

/** A service account's key, as in its JSON file. Prefer anything else: a key is a password that does not expire. */
export interface ServiceAccountKey {
  readonly client_email: string;
  /** In PEM, PKCS #8 or PKCS #1; also with line breaks as `\\n`, CRLF or blanks, in quotes, or in base64. */
  readonly private_key: string;
  readonly private_key_id?: string;
}

const KEY_RULES: Rules<ServiceAccountKey> = {
  client_email: required(SERVICE_ACCOUNT_EMAIL),
  private_key: required(TEXT),
  private_key_id: TEXT,
};

/**
 * A service account key: the self-signed assertion is exchanged at Google's token endpoint.
 *
 * @throws ConfigError at once when `private_key` is no RSA key without a password; it says what it is instead.
 */
export function serviceAccountKey(given: ServiceAccountKey, options: SourceOptions = {}): TokenSource {
  if (!isPlainObject(given)) throw invalid('The service account key must be what its JSON file holds.');
  const { client_email: email, private_key, private_key_id: keyId } = readKnown(given, KEY_RULES, 'key.');
  const key = readPrivateKey(private_key, 'key.private_key');
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return googleSource(`key(${email},${digestOf(publicKey)})`, readOptions(options, SOURCE_RULES), async (settings) => {
    const { impersonation } = settings;
    const actsAsItself = impersonation === undefined || isWhom(email, impersonation);
    const more = { ...(keyId !== undefined && { keyId }), ...(!actsAsItself && { scopes: [CLOUD_PLATFORM] }) };
    return { client: new JWT({ email, key, ...more }), secrets: [] };
  });
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
  for (const one of chainOf(client))
    if (one instanceof JWT && one.key !== undefined) one.key = readPrivateKey(one.key, 'client.key');
  const serviceAccount = client instanceof BaseExternalAccountClient ? accountOf(client) : undefined;
  return googleSource(name, readOptions(options, SOURCE_RULES), async () => ({ client, serviceAccount, secrets: [] }));
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
  const { token, iamCredentials } = endpoints;
  const redirected =
    options.endpoints === undefined ? [] : [`endpoints(${digestOf(`${token?.href}`, iamCredentials.href)})`];
  const identity = [name, ...steps, ...redirected].join(' > ');
  let found: Promise<Discovered> | undefined;
  const asked = new Set<string>();
  const prepared = new WeakSet<AuthClient>();

  const findOnce = (audience: string): Promise<Discovered> => {
    askMetadataServerDirectly();
    found ??= find(settings).then(
      (discovered) => {
        if (!prepared.has(discovered.client)) prepareClient(discovered.client, endpoints);
        prepared.add(discovered.client);
        return discovered;
      },
      (cause: unknown) => {
        found = undefined;
        if (isRunAuthError(cause)) throw cause;
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
        const actsAs = whomToBe(discovered, impersonation);
        return await mint(discovered.client, endpoints, actsAs, audience).catch((cause: unknown) => {
          // What the client remembers (an access token, by the clock on the wall) may be what failed.
          found = undefined;
          throw explainTokenError(cause, discovered, audience, actsAs);
        });
      } finally {
        asked.delete(audience);
      }
    },
  };
}

/** How long who asks a source itself waits for it. */
const TIMEOUT_MS = 10_000;

/** The same source, but that who asks it directly gets what is in the cache. */
function cached(fetcher: TokenSource): TokenSource {
  const { identity } = fetcher;
  const fetchIdToken = async (audience: string): Promise<string> => {
    const { bearer } = await directSlot(fetcher, checkAudience(audience)).get(TIMEOUT_MS);
    return bearer.slice('Bearer '.length);
  };
  return before({ identity, fetchIdToken }, fetcher);
}

/** Sets up a client of google-auth-library, whoever made it, and those that it asks. */
function prepareClient(client: AuthClient, endpoints: GoogleEndpoints): void {
  for (const one of chainOf(client)) {
    redirectEndpoints(one, endpoints);
    guardExecutable(one);
    askLocalsDirectly(one);
    // An access token that is refused is fetched anew, though by the clock it should be good.
    one.forceRefreshOnFailure = true;
  }
}

function readSettings(options: SourceOptions): Settings {
  const { impersonate, delegates = [], endpoints = {}, plainHttpHosts = [] } = options;
  if (impersonate === undefined && delegates.length > 0) throw invalid('delegates is of no use without impersonate.');
  return {
    impersonation: impersonate === undefined ? undefined : { serviceAccount: impersonate, delegates },
    endpoints: readEndpoints(endpoints, new Set(plainHttpHosts)),
  };
}

/** Whose ID token is asked for with an access token of the client; `undefined` where it has its own. */
function whomToBe(
  { client, serviceAccount }: Discovered,
  impersonation: Impersonation | undefined,
): Impersonation | undefined {
  if (impersonation !== undefined) return isAlready(client, impersonation) ? undefined : impersonation;
  return serviceAccount === undefined ? undefined : { serviceAccount, delegates: [] };
}

/** Gets the ID token in the one way that the kind of credentials has. */
function mint(
  client: AuthClient,
  endpoints: GoogleEndpoints,
  actsAs: Impersonation | undefined,
  audience: string,
): Promise<string> {
  if (actsAs !== undefined) return generateIdToken(client, endpoints, actsAs, audience);
  if (client instanceof UserRefreshClient)
    throw new TokenError('RUN_AUTH_USER_CREDENTIALS', audience, `No ID token for ${audience} from a person's login.`);
  if (client instanceof BaseExternalAccountClient)
    throw new TokenError(
      'RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT',
      audience,
      `No ID token for ${audience} from a federated principal.`,
    );
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
