/** Google's hosts that are played here by the API's port, APIs without `.googleapis.com`; Cloud Run's also with a region before it. */
const PLAYED: ReadonlySet<string> = new Set([
  'run',
  'iam',
  'iamcredentials',
  'sts',
  'oauth2',
  'www',
  'cloudresourcemanager',
  'serviceusage',
  'cloudbilling',
  'pubsub',
  'cloudtasks',
  'cloudscheduler',
  'eventarc',
  'accounts.google.com',
]);

/** The host names of what is played here. @param region whose host of Cloud Run's API is among them */
export function playedHosts(region: string): readonly string[] {
  return [...PLAYED, `${region}-run`].map((api) => (api.includes('.') ? api : `${api}.googleapis.com`));
}

/** Where Google's APIs, registries and sign-in pages are. */
const GOOGLES = /^(?:[a-z0-9-]+\.)*(?:googleapis\.com|google\.com|googleusercontent\.com|gcr\.io|pkg\.dev)$/;

/** How to do without what builds and keeps images. */
const WITHOUT_BUILDS =
  'An image is a folder with an app here, and nothing is built: start run-edges with --map IMAGE=FOLDER, and deploy with --image=IMAGE instead of --source.';

const hints: Readonly<Record<string, string>> = {
  cloudbuild: WITHOUT_BUILDS,
  artifactregistry: WITHOUT_BUILDS,
  storage: WITHOUT_BUILDS,
  logging: 'What services write is printed by run-edges up --logs.',
  secretmanager: 'Give the value as a plain environment variable here.',
};

/** Whether a host, without its port, is one of Google's that nothing here plays. */
export function isGooglesElsewhere(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return GOOGLES.test(name) && !PLAYED.has(apiOf(name));
}

/** What is said of a request that such a host was meant to answer. */
export function notEmulated(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  const hint = hints[apiOf(name)];
  return `${name} is not emulated by run-edges: nothing was asked of it, and nothing was done.${hint === undefined ? '' : ` ${hint}`}`;
}

/** `run` of `us-central1-run.googleapis.com`; the whole name where it is no API's. */
function apiOf(name: string): string {
  const [, api = name] = /^([a-z0-9-]+)\.googleapis\.com$/.exec(name) ?? [];
  return api.replace(/^[a-z]+-[a-z]+\d+-/, '');
}
