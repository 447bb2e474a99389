/**
 * Every error of the package in one table: what it means and what mends it. The README's table is made from it.
 *
 * Inbound codes carry the HTTP status that the Fastify plugin answers with.
 */

/** Wrong options: thrown at once, when a client, verifier or plugin is made; of variables and files, when they are read. */
export const CONFIG_CODES = {
  RUN_AUTH_OPTION_INVALID: {
    meaning: 'An option is missing, misspelled or of the wrong type.',
    mend: 'Correct the option that the message names.',
  },
  RUN_AUTH_URL_INVALID: {
    meaning: "The receiver's URL is not an absolute http(s) URL, or carries a user name, a query or a fragment.",
    mend: 'Give the plain URL of the service, as `gcloud run services describe SERVICE --format="value(status.url)"` prints it.',
  },
  RUN_AUTH_URL_INSECURE: {
    meaning: 'A token would travel over plain http to a host that is neither loopback nor named as local.',
    mend: 'Use https, or name the host in plainHttpHosts when it is on a private development network.',
  },
  RUN_AUTH_AUDIENCE_INVALID: {
    meaning:
      'The audience is empty or holds characters that cannot reach Google unharmed (a query, a fragment, white space).',
    mend: "Use the receiver's URL without query and fragment, or one of its custom audiences.",
  },
  RUN_AUTH_TESTING_DEPLOYED: {
    meaning:
      'An issuer for tests, which makes tokens for anybody, was loaded in a deployed service (K_SERVICE is set).',
    mend: 'Import @run-edges/auth/testing in tests alone, and run those where K_SERVICE is not set.',
  },
  RUN_AUTH_PRIVATE_KEY_INVALID: {
    meaning:
      'The private_key of a service account, in an option or a credentials file, is no RSA key in PEM form without a password.',
    mend: 'Give private_key as the JSON file of the key has it, from its BEGIN line to its END line.',
  },
  RUN_AUTH_VARIABLE_INVALID: {
    meaning:
      'GOOGLE_APPLICATION_CREDENTIALS holds something else than a path, or GCE_METADATA_HOST or GCE_METADATA_IP something else than a host.',
    mend: 'Correct the variable that the message names.',
  },
} as const;

/** No ID token could be had: rejections of `fetch`, `token` and `prefetch`. */
export const TOKEN_CODES = {
  RUN_AUTH_NO_CREDENTIALS: {
    meaning: 'Neither a credential file nor a metadata server was found.',
    mend: 'On Cloud Run this cannot happen; elsewhere start `run-edges up`, set GCE_METADATA_HOST, or run `gcloud auth application-default login --impersonate-service-account=SERVICE_ACCOUNT`.',
  },
  RUN_AUTH_METADATA_UNREACHABLE: {
    meaning: 'The metadata server did not answer, or broke off.',
    mend: 'Check GCE_METADATA_HOST, and that what it names is up; no proxy is asked for it.',
  },
  RUN_AUTH_METADATA_REFUSED: {
    meaning: 'The metadata server answered with an error: most often the instance has no service account.',
    mend: 'Deploy the service with `--service-account=SERVICE_ACCOUNT`.',
  },
  RUN_AUTH_USER_CREDENTIALS: {
    meaning:
      "The credentials are a person's: Google mints their ID tokens only for the audience of gcloud itself, never for a service.",
    mend: 'Run `gcloud auth application-default login --impersonate-service-account=SERVICE_ACCOUNT`, or set the `impersonate` option; it takes roles/iam.serviceAccountOpenIdTokenCreator on that account.',
  },
  RUN_AUTH_FEDERATED_WITHOUT_SERVICE_ACCOUNT: {
    meaning:
      'The external account federates to a principal without a service account, and only service accounts have Google-signed ID tokens.',
    mend: 'Set the `impersonate` option, or make the file with `gcloud iam workload-identity-pools create-cred-config ... --service-account=SERVICE_ACCOUNT`.',
  },
  RUN_AUTH_FEDERATION_REFUSED: {
    meaning: 'The Security Token Service refused the subject token of the external account.',
    mend: "Compare the pool's provider (audience, issuer, attribute condition) with the subject token that the cause names.",
  },
  RUN_AUTH_IMPERSONATION_DENIED: {
    meaning: 'The credentials may not create ID tokens of the service account.',
    mend: 'Run `gcloud iam service-accounts add-iam-policy-binding SERVICE_ACCOUNT --member=MEMBER --role=roles/iam.serviceAccountOpenIdTokenCreator`.',
  },
  RUN_AUTH_SERVICE_ACCOUNT_UNKNOWN: {
    meaning: 'The service account to act as does not exist.',
    mend: 'List those that do with `gcloud iam service-accounts list`.',
  },
  RUN_AUTH_KEY_REFUSED: {
    meaning:
      'Google refused the assertion signed with the service account key: the key is deleted, or the clock is wrong.',
    mend: 'List the keys with `gcloud iam service-accounts keys list --iam-account=SERVICE_ACCOUNT`, and compare the clocks.',
  },
  RUN_AUTH_CREDENTIALS_UNSUPPORTED: {
    meaning: 'The credentials are of a kind that has no ID tokens (an API key, an access token, a workforce user).',
    mend: 'Use a service account, or set the `impersonate` option.',
  },
  RUN_AUTH_NOT_AN_ID_TOKEN: {
    meaning: 'The token source returned an OAuth access token (or another opaque string) in place of an ID token.',
    mend: 'Return what `fetchIdToken(audience)` or `gcloud auth print-identity-token --audiences=URL` gives, not `getAccessToken()`.',
  },
  RUN_AUTH_TOKEN_UNUSABLE: {
    meaning:
      'The ID token that came is malformed, for another audience, or already expired by the clock of this machine.',
    mend: 'Compare the clocks, and the audience with the one that the message names.',
  },
  RUN_AUTH_TOKEN_TIMEOUT: {
    meaning: 'No token came within `tokenTimeout`.',
    mend: 'Look at the metadata server or the token endpoint; it hangs.',
  },
  RUN_AUTH_TOKEN_FETCH_FAILED: {
    meaning: 'The token could not be fetched for a reason that is none of the others.',
    mend: 'See the cause.',
  },
} as const;

/** The call itself is refused before it leaves, so that no credential goes astray. */
export const CALL_CODES = {
  RUN_AUTH_ORIGIN_REFUSED: {
    meaning: "The request goes to another origin than the client's receiver.",
    mend: 'Make one client for each receiver.',
  },
  RUN_AUTH_REDIRECT_REFUSED: {
    meaning: 'The receiver redirects to another origin, or redirects too often, or a body cannot be sent again.',
    mend: "Call with `redirect: 'manual'` and follow without credentials yourself.",
  },
  RUN_AUTH_CREDENTIAL_RELAYED: {
    meaning: 'The request carries a credential that this service received from its own caller.',
    mend: 'Do not copy received headers; set only those that the receiver needs.',
  },
  RUN_AUTH_UNDICI_MISMATCH: {
    meaning:
      'The dispatcher is of one version of undici and what calls it of another, which speaks to it in a way that it does not understand: the `fetch` of Node 24, which has undici 7 inside, and a dispatcher of undici 8; or anything of undici 6.',
    mend: 'Call with `request` or `fetch` of the very package that the dispatcher is of (`import { fetch } from "undici"`, 7 or later), or with the `fetch` of the client, which needs no dispatcher.',
  },
} as const;

/** Cloud Run's front end answered in place of the receiver. */
export const FRONT_END_CODES = {
  RUN_AUTH_FRONT_END_UNAUTHORIZED: {
    meaning:
      'The front end could not accept the token (401): most often its audience is not one of the receiver, or it is not an ID token, or it expired.',
    mend: 'Compare the audience with `gcloud run services describe SERVICE`; for another host name run `gcloud run services update SERVICE --add-custom-audiences=AUDIENCE`.',
  },
  RUN_AUTH_FRONT_END_FORBIDDEN: {
    meaning: 'The front end knows the caller, who may not invoke the receiver (403), or no token reached it.',
    mend: 'Run `gcloud run services add-iam-policy-binding SERVICE --member=serviceAccount:CALLER --role=roles/run.invoker`; a change takes about 2 minutes, at times 7 or more, to arrive.',
  },
  RUN_AUTH_FRONT_END_NOT_FOUND: {
    meaning:
      "The front end has no such service at this URL (404), or the receiver's ingress setting keeps this caller out, or the path is reserved (/healthz).",
    mend: 'Check the URL and region, then `gcloud run services describe SERVICE --format="value(metadata.annotations)"` for the ingress.',
  },
} as const;

/** An inbound request was refused. The code goes to the log, never into the reply. */
export const CALLER_CODES = {
  RUN_AUTH_NO_TOKEN: {
    status: 401,
    meaning: 'The request carries no token in the header that is read.',
    mend: 'Send `Authorization: Bearer ID_TOKEN`, or set the `header` option to where the callers send it.',
  },
  RUN_AUTH_HEADER_MALFORMED: {
    status: 401,
    meaning: 'The header is not `Bearer` followed by one token.',
    mend: 'Send `Authorization: Bearer ID_TOKEN`.',
  },
  RUN_AUTH_HEADER_REPEATED: {
    status: 401,
    meaning: 'The header was sent more than once.',
    mend: 'Send one; use X-Serverless-Authorization for the front end and Authorization for the application.',
  },
  RUN_AUTH_HEADER_NOMINATED: {
    status: 401,
    meaning: 'The Connection header names Authorization or X-Serverless-Authorization, so that a proxy may drop it.',
    mend: 'Nothing: no client does so; whoever does wants the front end and this service to see different callers.',
  },
  RUN_AUTH_TOKENS_SEVERAL: {
    status: 401,
    meaning: 'One header holds several tokens.',
    mend: 'Send one token in each header.',
  },
  RUN_AUTH_TOKEN_TOO_LARGE: {
    status: 401,
    meaning: 'The token is longer than any that Google issues.',
    mend: 'Send an ID token from Google; the limit is 8,192 characters.',
  },
  RUN_AUTH_TOKEN_NOT_ASCII: {
    status: 401,
    meaning: 'The token holds characters outside ASCII.',
    mend: 'Send the token as it was issued.',
  },
  RUN_AUTH_TOKEN_MALFORMED: {
    status: 401,
    meaning:
      'The token is not three canonical base64url segments with JSON objects inside (RFC 7515 section 3.1): cut short, padded or damaged.',
    mend: 'Send the token as it was issued.',
  },
  RUN_AUTH_ACCESS_TOKEN: {
    status: 401,
    meaning: 'The caller sent an OAuth access token in place of an ID token.',
    mend: 'Send an ID token: `fetchIdToken(audience)`, or `gcloud auth print-identity-token --audiences=URL`.',
  },
  RUN_AUTH_SIGNATURE_STRIPPED: {
    status: 401,
    meaning: 'Cloud Run removed the signature, so this service cannot verify the token itself.',
    mend: "Let the caller send the token in both headers (`header: 'both'`), or use mode 'cloud-run' on a private service.",
  },
  RUN_AUTH_STRIPPED_ON_PUBLIC: {
    status: 401,
    meaning:
      'A token without signature arrived at a service declared public, where the front end checked nothing: anybody can forge it.',
    mend: "Use mode 'signature' on a public service, with the token in Authorization.",
  },
  RUN_AUTH_STRIPPED_NOT_VOUCHED: {
    status: 401,
    meaning:
      'A token without signature came in Authorization: anybody can write such a text, and nothing shows that the front end has verified it.',
    mend: "Let the caller send the token in X-Serverless-Authorization (`header: 'x-serverless-authorization'`).",
  },
  RUN_AUTH_ALGORITHM_NONE: {
    status: 401,
    meaning: 'The token says that it is not signed (alg none).',
    mend: 'Nothing: this is an attack or a test token.',
  },
  RUN_AUTH_ALGORITHM_SYMMETRIC: {
    status: 401,
    meaning: 'The token is signed with a shared secret (HS256 and the like).',
    mend: "Send Google's ID token; put the application's own tokens into another header.",
  },
  RUN_AUTH_ALGORITHM_REFUSED: {
    status: 401,
    meaning: 'The token is signed with another algorithm than RS256.',
    mend: "Send Google's ID token; put the application's own tokens into another header.",
  },
  RUN_AUTH_HEADER_JWK: {
    status: 401,
    meaning: 'The token brings its own key (jwk).',
    mend: 'Nothing: keys come from the issuer alone.',
  },
  RUN_AUTH_HEADER_JKU: {
    status: 401,
    meaning: 'The token names where its key is to be fetched (jku).',
    mend: 'Nothing: keys come from the issuer alone.',
  },
  RUN_AUTH_HEADER_X5U: {
    status: 401,
    meaning: 'The token names where its certificate is to be fetched (x5u).',
    mend: 'Nothing: keys come from the issuer alone.',
  },
  RUN_AUTH_HEADER_X5C: {
    status: 401,
    meaning: 'The token brings its own certificate (x5c).',
    mend: 'Nothing: keys come from the issuer alone.',
  },
  RUN_AUTH_HEADER_CRIT: {
    status: 401,
    meaning: 'The token demands an extension (crit); none is supported.',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_HEADER_B64: {
    status: 401,
    meaning: 'The token uses an unencoded payload (b64, RFC 7797).',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_HEADER_TYP: {
    status: 401,
    meaning: 'The token is of another type than JWT.',
    mend: 'Send an ID token, not an access token (at+jwt) or a logout token.',
  },
  RUN_AUTH_KEY_ID_MISSING: {
    status: 401,
    meaning: 'The token does not name its key (kid).',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_KEY_UNKNOWN: {
    status: 401,
    meaning: "The token's key is not, or no longer, one of the issuer's.",
    mend: 'Fetch a new token. Locally: jwksUri must be that of the emulator that issued it.',
  },
  RUN_AUTH_KEYS_UNAVAILABLE: {
    status: 503,
    meaning: "The issuer's keys could not be fetched, and the one that the token names is not at hand.",
    mend: 'Check that jwksUri is reachable from this service.',
  },
  RUN_AUTH_SIGNATURE_INVALID: {
    status: 401,
    meaning: 'The signature does not fit.',
    mend: 'Nothing: the token was altered or forged.',
  },
  RUN_AUTH_CLAIM_MISSING: {
    status: 401,
    meaning: 'A claim that every Google ID token has is absent.',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_CLAIM_INVALID: {
    status: 401,
    meaning: 'A claim is of the wrong type.',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_CLAIM_DUPLICATE: {
    status: 401,
    meaning: 'A member stands twice in the JSON of the token.',
    mend: 'Nothing: Google does not issue such tokens.',
  },
  RUN_AUTH_CLAIM_PROTO: {
    status: 401,
    meaning: 'A member is named __proto__.',
    mend: 'Nothing: this is an attack.',
  },
  RUN_AUTH_ISSUER_REFUSED: {
    status: 401,
    meaning: 'The token is not issued by Google (https://accounts.google.com).',
    mend: "Put tokens of other issuers into another header, and send Google's here.",
  },
  RUN_AUTH_AUDIENCE_REFUSED: {
    status: 401,
    meaning: 'The token is meant for another receiver.',
    mend: "Let the caller use this service's URL as audience, or add the caller's to the `audience` option.",
  },
  RUN_AUTH_AUDIENCE_SEVERAL: {
    status: 401,
    meaning: 'The token names its audiences as a list: it could be replayed to each of them.',
    mend: 'Fetch a token for this service alone.',
  },
  RUN_AUTH_TOKEN_EXPIRED: {
    status: 401,
    meaning: 'The token has expired.',
    mend: 'Fetch a new one; compare the clocks.',
  },
  RUN_AUTH_TOKEN_NOT_YET_VALID: {
    status: 401,
    meaning: 'The token is issued in the future.',
    mend: 'Compare the clocks.',
  },
  RUN_AUTH_TOKEN_TOO_LONG_LIVED: {
    status: 401,
    meaning: 'The token expires later than any that Google issues.',
    mend: "Send Google's ID token unchanged.",
  },
  RUN_AUTH_EMAIL_MISSING: {
    status: 401,
    meaning: "The token does not name the caller's e-mail address.",
    mend: 'Ask for it: `format=full` at the metadata server, `includeEmail` at generateIdToken, `--include-email` with gcloud.',
  },
  RUN_AUTH_EMAIL_UNVERIFIED: {
    status: 401,
    meaning: "Google has not verified the caller's e-mail address.",
    mend: 'Call with a service account.',
  },
  RUN_AUTH_CALLER_REFUSED: {
    status: 403,
    meaning: 'The caller is known and is not one of the allowed callers.',
    mend: "Add the caller's e-mail address to allowedCallers (or to the route's callers) if it should call.",
  },
} as const;

/** What the application's error handler gets from the Fastify plugin with `refusals: 'throw'`; the reason is the cause. */
export const REFUSAL_CODES = {
  RUN_AUTH_UNAUTHORIZED: {
    status: 401,
    meaning: 'The request carries no token that is accepted.',
    mend: 'See the code of the cause; it is logged, and not for the caller.',
  },
  RUN_AUTH_FORBIDDEN: {
    status: 403,
    meaning: 'The caller is known and may not call.',
    mend: 'See the code of the cause; it is logged, and not for the caller.',
  },
  RUN_AUTH_UNAVAILABLE: {
    status: 503,
    meaning: 'Callers cannot be verified at the moment.',
    mend: 'See the code of the cause; it is logged, and not for the caller.',
  },
} as const;

/** All codes with what they mean. */
export const ERROR_CODES: typeof CONFIG_CODES &
  typeof TOKEN_CODES &
  typeof CALL_CODES &
  typeof FRONT_END_CODES &
  typeof CALLER_CODES &
  typeof REFUSAL_CODES = {
  ...CONFIG_CODES,
  ...TOKEN_CODES,
  ...CALL_CODES,
  ...FRONT_END_CODES,
  ...CALLER_CODES,
  ...REFUSAL_CODES,
};

export type ConfigErrorCode = keyof typeof CONFIG_CODES;
export type TokenErrorCode = keyof typeof TOKEN_CODES;
export type CallErrorCode = keyof typeof CALL_CODES;
export type FrontEndErrorCode = keyof typeof FRONT_END_CODES;
export type CallerErrorCode = keyof typeof CALLER_CODES;
export type RefusalCode = keyof typeof REFUSAL_CODES;
/** Every code of the package, as a literal union: switch on it. */
export type RunAuthErrorCode =
  | ConfigErrorCode
  | TokenErrorCode
  | CallErrorCode
  | FrontEndErrorCode
  | CallerErrorCode
  | RefusalCode;
