import type { Failure, FailureKind } from './gcloud-error.ts';
import { leastRole, permissionToRead } from './least-role.ts';

interface Told {
  /** What it is about: an API, a permission, an image. */
  readonly subject: string | undefined;
  /** As a command takes it: its id, or what a shell finds it by. */
  readonly project: string;
  /** As a sentence names it. */
  readonly shown: string;
  readonly region: string;
  /** The account that was to be acted as. */
  readonly account: string;
  /** The command's words before its flags: `run deploy search`. */
  readonly command: string;
}

interface Rule {
  readonly kind: FailureKind;
  readonly words: RegExp;
  /** Finds the subject in its groups. */
  readonly about?: RegExp;
  message(told: Told): string;
  mend(told: Told): string;
}

/** The first rule that fits counts: the narrow ones stand first. */
const rules: readonly Rule[] = [
  {
    kind: 'not-signed-in',
    words:
      /do not currently have an active account|problem (?:refreshing|reauthenticating)(?!.*(?:Max retries|NameResolution|Failed to establish))|Reauthentication failed|invalid_grant|does not have any valid credentials|Request had invalid authentication credentials|UNAUTHENTICATED/i,
    message: () => 'gcloud is not signed in, or its sign-in has expired.',
    mend: () => 'Run: gcloud auth login',
  },
  {
    kind: 'billing-off',
    words:
      /billing (?:account .*is not found|must be enabled|to be enabled|is disabled|account .*disabled)|requires billing/i,
    message: ({ shown }) => `Billing is off in ${shown}.`,
    mend: ({ project }) =>
      `Run: gcloud billing accounts list, then gcloud billing projects link ${project} with --billing-account and one of those.`,
  },
  {
    kind: 'api-off',
    words: /API \[[\w.-]+\] not enabled|SERVICE_DISABLED|has not been used in project/i,
    about: /([\w-]+\.googleapis\.com)(?:\/overview\?project|\] not enabled)/i,
    message: ({ subject = 'that it takes', shown }) => `The API ${subject} is off in ${shown}.`,
    mend: ({ subject = 'run.googleapis.com iam.googleapis.com', project }) =>
      `Run: gcloud services enable ${subject} --project=${project}, and again a minute later.`,
  },
  {
    kind: 'may-not-impersonate',
    words: /Permission 'iam\.serviceAccounts\.(?:getAccessToken|getOpenIdToken)' denied|Failed to impersonate/i,
    message: ({ command }) => `You may not act as the service account (gcloud ${command}).`,
    // Who made the account may have a better way.
    mend: ({ account, project }) =>
      `Run: gcloud iam service-accounts add-iam-policy-binding ${account} --member="user:$(gcloud config get account)" --role=roles/iam.serviceAccountTokenCreator --project=${project}; it takes a minute or two to count.`,
  },
  {
    kind: 'public-refused',
    words: /do not belong to a permitted customer|iam\.allowedPolicyMemberDomains/i,
    message: () =>
      'Your organisation lets nobody outside it into a policy, so allUsers is refused (domain restricted sharing).',
    mend: () => 'Deploy with --public-access no-iam-check, which makes the service public without allUsers.',
  },
  {
    kind: 'quota',
    words:
      /RESOURCE_EXHAUSTED|quota (?:exceeded|violated|restrictions)|Maximum number of service accounts|maxScale may not exceed|Max instances must be set/i,
    message: ({ command, project }) => `A quota of ${project} is used up (gcloud ${command}).`,
    mend: ({ project }) =>
      `Lower maxInstances in the declaration, wait a minute, or ask for more: https://console.cloud.google.com/iam-admin/quotas?project=${project}`,
  },
  {
    kind: 'policy-changed',
    words: /ABORTED|concurrent policy changes/i,
    message: ({ command }) => `Somebody else changed the policy at the same moment (gcloud ${command}).`,
    mend: () => 'Run the same command again.',
  },
  {
    kind: 'name-taken',
    words: /ALREADY_EXISTS|is the subject of a conflict|already exists/i,
    message: ({ command }) => `The name is taken (gcloud ${command}).`,
    mend: () => 'Choose another name in the declaration (serviceAccount: for an account), or delete what has it.',
  },
  {
    kind: 'account-not-seen',
    words: /Service account [^\s]+ does not exist|Unknown service account|service account .* was not found/i,
    message: ({ command }) => `The service account is not there, or not yet seen everywhere (gcloud ${command}).`,
    mend: ({ project }) => `Run: gcloud iam service-accounts list --project=${project}, and again a minute later.`,
  },
  {
    kind: 'image-not-found',
    words: /Image '[^']+' not found|manifest unknown|Image \S+ is not mapped|does not map to/i,
    about: /Image '?([^\s']+)/i,
    message: ({ subject = 'of that name' }) => `There is no image ${subject}.`,
    mend: () => 'Push it, name another with --image-prefix and --tag, or leave both out to build it.',
  },
  {
    kind: 'not-ready',
    words: /failed to start and listen on the port|is not ready and cannot serve traffic|Container failed/i,
    message: ({ command }) => `The container did not start (gcloud ${command}).`,
    mend: ({ command, project }) =>
      `Run: gcloud logging read 'resource.labels.service_name=${command.split(' ').at(-1)}' --limit=20 --project=${project}`,
  },
  {
    kind: 'wrong-region',
    words:
      /host='([a-z0-9-]+)-run\.[^']*'.*(?:NameResolution|Name or service not known|nodename nor servname|Failed to resolve)|\b(?:region|location) \S+ (?:is invalid|is not (?:valid|found|supported|available)|does not exist)|is not a valid (?:region|location)/i,
    message: ({ region }) =>
      `Cloud Run is not reached in the region ${region}: it has another name, or the network is down.`,
    mend: ({ project }) => `Run: gcloud run regions list --project=${project}`,
  },
  {
    kind: 'network',
    words:
      /crashed \((?:Connection|Transport|Server|Proxy|Timeout|ReadTimeout|ConnectTimeout)\w*|Max retries exceeded|Failed to establish a new connection|Connection (?:refused|reset|aborted)|Network is unreachable|Remote end closed|timed out|Could not resolve|Unable to find the server|NetworkIssue|problem with your network|^ERROR: (?:UNAVAILABLE: |\S+ answered 5\d\d$)/im,
    message: ({ command }) => `The network was lost on the way (gcloud ${command}).`,
    mend: () =>
      'Look at it with gcloud info --run-diagnostics, then run the same command again: it goes on where it stopped.',
  },
  {
    kind: 'no-project',
    words:
      /\(gcloud\.projects\.describe\).*(?:access projects instance|Projects instance \[[^\]]*\] not found)|Project .*(?:not found or deleted|was not found)|project property is set to/i,
    message: ({ shown }) => `There is no project ${shown}, or you may not see it.`,
    mend: ({ project }) => `Run: gcloud projects list, or: gcloud projects create ${project}`,
  },
  {
    kind: 'no-permission',
    words: /Permission '[\w.]+' denied|permission (?:is )?denied|PERMISSION_DENIED|does not have permission to access/i,
    about: /Permission '([\w.]+)' denied/i,
    message(told) {
      const permission = lacking(told);
      const { id } = above(told.command) ?? {};
      return `You lack ${permission === undefined ? 'a permission' : `the permission ${permission}`} in ${id ?? told.shown} (gcloud ${told.command}).`;
    },
    mend(told) {
      const { kind = 'projects', id = told.project } = above(told.command) ?? {};
      return `Have an owner run: gcloud ${kind} add-iam-policy-binding ${id} --role=${leastRole(lacking(told))}, with you as --member: gcloud config get account says who that is.`;
    },
  },
  {
    kind: 'not-found',
    words: /NOT_FOUND|Cannot find service|could not be found|not found/i,
    message: ({ command }) => `What it is about is not there (gcloud ${command}).`,
    mend: ({ project }) => `Run: run-edges verify --project ${project}`,
  },
];

/** What gcloud's words mean, and the next command. */
export function explainFailure(stderr: string, args: readonly string[], code: number | null): Failure {
  const project = flagOf(args, '--project') ?? projectOfAccount(args);
  const told = {
    project: project ?? '"$(gcloud config get project)"',
    shown: project ?? 'the project',
    region: flagOf(args, '--region') ?? 'that was asked for',
    account: flagOf(args, '--impersonate-service-account') ?? '"$(gcloud config get auth/impersonate_service_account)"',
    command: args.slice(0, flagsAt(args)).join(' '),
  };
  for (const { kind, words, about, message, mend } of rules) {
    if (!words.test(stderr)) continue;
    const all = { ...told, subject: about?.exec(stderr)?.[1] };
    return { kind, message: message(all), mend: mend(all) };
  }
  const said = lastWords(stderr) || (code === null ? 'it took too long' : `exit code ${code}`);
  return {
    kind: 'unknown',
    message: `gcloud ${told.command} failed: ${said}`,
    mend: 'Run the same command again: what is done already is not done twice.',
  };
}

/** The permission that was refused. gcloud does not say it of every command. */
function lacking({ subject, command }: Told): string | undefined {
  return subject ?? permissionToRead(command);
}

/** What a command above projects is about: as gcloud names its kind, and its id. */
function above(command: string): { kind: string; id: string } | undefined {
  const [, kind, id] = /^(resource-manager folders|organizations) \S+ (\d+)$/.exec(command) ?? [];
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

function flagsAt(args: readonly string[]): number {
  const at = args.findIndex((arg) => arg.startsWith('-'));
  return at === -1 ? args.length : at;
}

function flagOf(args: readonly string[], flag: string): string | undefined {
  if (args[0] === 'projects' && flag === '--project') return args[2];
  return args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/** Of the account that a command is about, or acts as. */
function projectOfAccount(args: readonly string[]): string | undefined {
  return args.join(' ').match(/@([a-z][a-z0-9-]+)\.iam\.gserviceaccount\.com\b/)?.[1];
}

/** gcloud's error line, without its prefix. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n');
  const at = lines.findLastIndex((line) => line.startsWith('ERROR:'));
  const said = lines[at === -1 ? lines.length - 1 : at] ?? '';
  return said.replace(/^ERROR: (?:\([\w.-]+\) )?/, '').slice(0, 300);
}
