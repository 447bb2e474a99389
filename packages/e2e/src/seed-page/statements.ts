/** A statement of Google's page on service-to-service authentication, for its reader to try. */
export interface Statement {
  /** The page's headings and tabs that lead to it. */
  readonly place: string;
  /** What it says, in few words. */
  readonly says: string;
}

export const PAGE = 'https://docs.cloud.google.com/run/docs/authenticating/service-to-service';

const INTRODUCTION = 'Authenticating service-to-service';
const SET_UP = 'Set up the service account';
const ACQUIRE = 'Acquire and configure the ID token';
const LIBRARIES = `${ACQUIRE} > Use the authentication libraries`;
const METADATA = `${ACQUIRE} > Use the metadata server`;
const FEDERATION = `${ACQUIRE} > Use workload identity federation from outside Google Cloud`;
const KEY = `${ACQUIRE} > Use a downloaded service account key from outside Google Cloud`;
const RECEIVE = 'Receive authenticated requests';

/** Each is run by exactly one test, as the page's reader would run it. */
export const statements = {
  'intro:senders': {
    place: INTRODUCTION,
    says: 'Cloud Tasks, Pub/Sub, Cloud Scheduler and Eventarc call a private service with a token of the account they are given',
  },
  'intro:specific-services': {
    place: INTRODUCTION,
    says: 'a login service can access the user-profiles service, but not the search service',
  },
  'intro:identity-per-service': {
    place: INTRODUCTION,
    says: 'each service has a user-managed service account of its own, with the minimum of permissions',
  },
  'intro:proof': {
    place: INTRODUCTION,
    says: 'a request presents proof of the caller’s identity: an OpenID Connect ID token that Google signed',
  },

  'setup:principal': {
    place: SET_UP,
    says: 'the calling account, made a principal with roles/run.invoker on the receiving service, may call it, and no other may',
  },
  'setup:console': {
    place: `${SET_UP} > Console`,
    says: 'select the receiving service, add the principal, select Cloud Run Invoker, save',
  },
  'setup:gcloud': {
    place: `${SET_UP} > gcloud`,
    says: 'gcloud run services add-iam-policy-binding',
  },
  'setup:gcloud-default-account': {
    place: `${SET_UP} > gcloud`,
    says: 'the calling identity is by default PROJECT_NUMBER-compute@developer.gserviceaccount.com',
  },
  'setup:terraform-public-service': {
    place: `${SET_UP} > Terraform`,
    says: 'a public service that runs as the service account and is told the private one’s URL',
  },
  'setup:terraform-public-policy': {
    place: `${SET_UP} > Terraform`,
    says: 'a policy makes the first service public',
  },
  'setup:terraform-service-account': {
    place: `${SET_UP} > Terraform`,
    says: 'the service account cloud-run-interservice-id',
  },
  'setup:terraform-private-service': {
    place: `${SET_UP} > Terraform`,
    says: 'a second service',
  },
  'setup:terraform-private-policy': {
    place: `${SET_UP} > Terraform`,
    says: 'a policy lets the service account invoke the second service, and nobody else',
  },

  'acquire:audience-url': {
    place: `${ACQUIRE}, step 1`,
    says: 'the audience is the URL of the receiving service',
  },
  'acquire:audience-custom': {
    place: `${ACQUIRE}, step 1`,
    says: 'or a custom audience that is configured',
  },
  'acquire:audience-tag': {
    place: `${ACQUIRE}, step 1`,
    says: 'the audience remains the URL of the service, also in a request to a traffic tag',
  },
  'acquire:authorization': {
    place: `${ACQUIRE}, step 2`,
    says: 'Authorization: Bearer ID_TOKEN',
  },
  'acquire:serverless-authorization': {
    place: `${ACQUIRE}, step 2`,
    says: 'X-Serverless-Authorization: Bearer ID_TOKEN, where the application uses Authorization for its own',
  },
  'acquire:signature-removed': {
    place: `${ACQUIRE}, step 2`,
    says: 'X-Serverless-Authorization reaches the container without the signature',
  },

  'libraries:node': { place: `${LIBRARIES} > Node.js`, says: 'GoogleAuth.getIdTokenClient' },
  'libraries:python': { place: `${LIBRARIES} > Python`, says: 'google.oauth2.id_token.fetch_id_token' },
  'libraries:go': { place: `${LIBRARIES} > Go`, says: 'idtoken.NewClient' },
  'libraries:java': { place: `${LIBRARIES} > Java`, says: 'IdTokenCredentials' },
  'libraries:node-key': {
    place: `${LIBRARIES} > Node.js`,
    says: 'works outside Google Cloud, with GOOGLE_APPLICATION_CREDENTIALS set to a key file',
  },
  'libraries:python-key': {
    place: `${LIBRARIES} > Python`,
    says: 'works outside Google Cloud, with GOOGLE_APPLICATION_CREDENTIALS set to a key file',
  },
  'libraries:go-key': {
    place: `${LIBRARIES} > Go`,
    says: 'works outside Google Cloud, with GOOGLE_APPLICATION_CREDENTIALS set to a key file',
  },
  'libraries:java-key': {
    place: `${LIBRARIES} > Java`,
    says: 'works outside Google Cloud, with GOOGLE_APPLICATION_CREDENTIALS set to a key file',
  },
  'libraries:node-user': { place: `${LIBRARIES} > Node.js`, says: 'does not work for a user account' },
  'libraries:python-user': { place: `${LIBRARIES} > Python`, says: 'does not work for a user account' },
  'libraries:go-user': { place: `${LIBRARIES} > Go`, says: 'does not work for a user account' },
  'libraries:java-user': { place: `${LIBRARIES} > Java`, says: 'does not work for a user account' },

  'metadata:curl': {
    place: METADATA,
    says: 'curl asks http://metadata.google.internal for an ID token of the default account',
  },
  'metadata:custom-audience': {
    place: METADATA,
    says: 'its audience is the URL of the service that is invoked, or a custom audience',
  },
  'metadata:root': {
    place: `${METADATA}, Root URL`,
    says: 'all values are below http://metadata.google.internal/computeMetadata/v1',
  },
  'metadata:header': {
    place: `${METADATA}, Request header`,
    says: 'a request without Metadata-Flavor: Google is denied',
  },
  'metadata:outside': {
    place: METADATA,
    says: 'does not work outside Google Cloud, nor from a local machine',
  },

  'federation:configure': {
    place: `${FEDERATION}, steps 1 to 3`,
    says: 'a pool and a provider are configured, and external identities may impersonate the service account',
  },
  'federation:curl': {
    place: `${FEDERATION}, step 4`,
    says: 'curl asks generateIdToken, not generateAccessToken, with the token of the Security Token Service',
  },
  'federation:tag': {
    place: `${FEDERATION}, step 4`,
    says: 'SERVICE_URL remains the URL of the service, also in a request to a traffic tag',
  },
  'federation:headers': {
    place: `${FEDERATION}, step 5`,
    says: 'the ID token goes into either header; of both, only X-Serverless-Authorization is checked',
  },
  'federation:node': { place: FEDERATION, says: 'a program in Node.js does all of it' },
  'federation:python': { place: FEDERATION, says: 'a program in Python does all of it' },

  'key:download': {
    place: KEY,
    says: 'a key is downloaded, and client code with the authentication libraries calls by it',
  },
  'key:self-signed-node': {
    place: `${KEY}, steps 1 to 3`,
    says: 'a self-signed JWT with target_audience is exchanged for an ID token with that aud, in Node.js',
  },
  'key:self-signed-python': {
    place: `${KEY}, steps 1 to 3`,
    says: 'a self-signed JWT with target_audience is exchanged for an ID token with that aud, in Python',
  },
  'key:custom-audience': {
    place: `${KEY}, step 1`,
    says: 'target_audience may be a custom audience',
  },
  'key:tag': {
    place: `${KEY}, step 1`,
    says: 'target_audience remains the URL of the service, also in a request to a traffic tag',
  },
  'key:headers': {
    place: `${KEY}, step 3`,
    says: 'the ID token goes into either header; of both, only X-Serverless-Authorization is checked',
  },

  'receive:python': {
    place: `${RECEIVE} > Python`,
    says: 'a private service verifies the token of Authorization by verify_oauth2_token, and reads who calls',
  },
  'receive:go': {
    place: RECEIVE,
    says: 'a private service verifies the token of Authorization in Go, and reads who calls',
  },
} as const satisfies Readonly<Record<string, Statement>>;

export type StatementId = keyof typeof statements;

/** What the test that runs a statement is called. */
export function titleOf(id: StatementId): string {
  const { place, says } = statements[id];
  return `${id} (${place}): ${says}`;
}
