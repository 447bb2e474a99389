import type { ErrorObject } from 'ajv';
import schema from '../edges.schema.json' with { type: 'json' };
import { list, unquoteWhenPlain } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { senderMends } from './sender-mends.ts';
import type { Path } from './yaml-document.ts';

const ingresses: readonly string[] = schema.definitions.service.properties.ingress.enum;

/** What to write where the schema refuses what is at the path. */
export function mendOf(path: Path, { keyword, params, data }: ErrorObject): string {
  const [part = 'services', name, key] = path;
  if (keyword === 'maxProperties' || keyword === 'maxItems') return `Cut it to ${params.limit}.`;
  if (name === undefined) return known(parts, part) ?? 'Correct the value.';
  if (keyword === 'required')
    return known(part === 'senders' ? senderMends : mends, params.missingProperty) ?? 'Add it.';
  if (key === undefined && part in lists) return known(parts, part) ?? 'Correct the value.';
  if (key === undefined && Object.hasOwn(mends, name) && data !== null)
    return `If ${name} is a setting of the ${part === 'services' ? 'service' : 'entry'} above it, indent it further than that one's name.`;
  if (key === undefined && part === 'senders')
    return 'Write what it is, such as { pubsub: { topic: profiles }, to: search, path: /events }.';
  if (key === undefined) return `Write "${unquoteWhenPlain(String(name))}: {}" to take every default.`;
  if (key === 'ingress' && typeof data === 'string') {
    const likely = didYouMean(data, ingresses);
    if (likely !== undefined) return likely;
  }
  if (key === 'env' && path.length > 3 && (typeof data === 'number' || typeof data === 'boolean')) {
    return `Put it in quotes: "${data}".`;
  }
  if (key === 'command' && part !== 'jobs') return START_COMMAND;
  const all = part === 'senders' ? { ...mends, ...senderMends } : mends;
  const innermost = path.findLast((step) => Object.hasOwn(all, step)) ?? key;
  return known(all, innermost) ?? 'Correct the value.';
}

function known(texts: Readonly<Record<string, string>>, key: string | number): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}

const START_COMMAND =
  'Write a command for the shell, such as uvicorn app:app --port $PORT, or a list of words, such as [./server].';

const lists = { accepted: true, never: true };

const parts: Readonly<Record<string, string>> = {
  services: 'Write "services:" and below it, indented, one entry per service, such as "search: {}".',
  jobs: 'Write "jobs:" and below it, indented, one entry per job, such as "nightly-report: { calls: [search] }".',
  workerPools:
    'Write "workerPools:" and below it, indented, one entry per pool, such as "mailer: { calls: [search] }".',
  principals:
    'Write "principals:" and below it, indented, one entry per caller, such as ' +
    '"support: { member: "group:support@example.com", calls: [search] }".',
  external:
    'Write "external:" and below it, indented, one entry per receiver, such as "payments: { url: https://payments.example.com }".',
  senders:
    'Write "senders:" and below it, indented, one entry per sender, such as ' +
    '"profile-changes: { pubsub: { topic: profiles }, to: search, path: /events }".',
  accepted:
    'Write a list, such as - { member: "user:owner@example.com", on: project, reason: break glass, until: 2027-06-30 }.',
  never: 'Write a list of different calls as CALLER -> RECEIVER, such as - login -> search.',
};

const mends: Readonly<Record<string, string>> = {
  public: 'Write true or false.',
  calls: 'Write a list of names of services, such as [search].',
  to: 'Write the name of a receiver: { to: search, paths: [/search/*], until: 2027-01-31 }.',
  paths:
    'Write a list of paths, each exact, such as /events, or with all below it, such as /search/*: letters, digits and ' +
    '- . _ ~ : @ + between slashes, no dots alone, no query.',
  until: 'Write a day as YYYY-MM-DD.',
  serviceAccount:
    'Write an account id, the part before the @: 6 to 30 lower-case letters, digits or hyphens, ' +
    'a letter first, no hyphen last, neither "anonymous" nor "stranger".',
  source: 'Write the folder of the app, relative to this file, in visible characters; ~ is not a home folder here.',
  image: 'Write an image, such as europe-docker.pkg.dev/acme/apps/search:1.4.2.',
  build: 'Write { context: ../services/mailer, dockerfile: Dockerfile }: a folder, and a file in it.',
  context: 'Write the folder of the build, relative to this file.',
  dockerfile: 'Write the Dockerfile, relative to context.',
  ingress: `Write one of ${list(ingresses)}.`,
  audiences: 'Write a list of different audiences without spaces, such as ["https://search.example.com"].',
  env: 'Write a mapping from names to strings, such as LOG_LEVEL: "debug".',
  minInstances: 'Write a whole number, 0 or more.',
  maxInstances: 'Write a whole number, 1 or more.',
  concurrency: 'Write a whole number from 1 to 1000.',
  http2: 'Write true or false.',
  regions: 'Write a list of different regions, such as [europe-west1, us-central1].',
  owner: 'Write a name in visible characters, at most 200.',
  command: 'Write a list of words, such as [node, report.js]; for a shell, [sh, -c, "node report.js > $OUT"].',
  tasks: 'Write a whole number from 1 to 10000.',
  parallelism: 'Write a whole number from 0 to 10000; 0 is as many as there are.',
  maxRetries: 'Write a whole number from 0 to 10.',
  timeout: 'Write whole seconds from 1 to 604800.',
  instances: 'Write a whole number from 0 to 1000.',
  member: 'Write a member as IAM names it, such as "group:support@example.com".',
  url: 'Write an https origin, such as https://payments.example.com.',
  audience: 'Write an audience without spaces, such as https://payments.example.com.',
  on: 'Write project, the name of a service, or the id or e-mail of a service account.',
  reason: 'Write in a few words why it is meant to be so.',
};
