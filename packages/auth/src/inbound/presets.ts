import { invalid, type Rules, readOptions, required, textLike } from '../options.ts';
import { type CloudRunOptions, type SignatureOptions, VERIFIER_RULES, type VerifierOptions } from './options.ts';

/** What the presets ask for; the rest is as in {@link VerifierOptions}. */
export type SenderOptions = {
  /** The service account that the sender is configured with: `oidcToken.serviceAccountEmail`. */
  readonly serviceAccount: string;
  /**
   * The audience that the sender is configured with, exactly; where none is, the URL that it calls. With a query only where
   * the service is `public`: elsewhere Cloud Run itself refuses such a token.
   */
  readonly audience: string;
} & (Omit<SignatureOptions, Fixed> | Omit<CloudRunOptions, Fixed>);

/** Senders put their tokens into Authorization, and cannot be told otherwise. */
type Fixed = 'audience' | 'allowedCallers' | 'header';

/**
 * The options of a verifier for Pub/Sub push. The audience is `pushConfig.oidcToken.audience`, else the push endpoint's URL
 * as it was given. Any project's Pub/Sub can call any public URL: audience and service account are both checked. Pub/Sub,
 * as the other senders, puts its token into Authorization, which Cloud Run hands on whole: in either mode it is verified.
 * A public service may be pushed to at a URL with a query (`/push?token=...`), which is then part of the audience.
 * https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 *
 * @example
 * ```ts
 * import { createVerifier, pubsubPush } from '@run-edges/auth/inbound';
 *
 * const verifier = createVerifier(
 *   pubsubPush({
 *     mode: 'cloud-run',
 *     serviceAccount: 'pubsub-push@demo-project.iam.gserviceaccount.com',
 *     audience: 'https://worker-123456789012.europe-west1.run.app/messages',
 *   }),
 * );
 * ```
 */
export function pubsubPush(options: SenderOptions): VerifierOptions {
  return fromSender(options);
}

/**
 * The options of a verifier for Cloud Tasks. The audience is `oidcToken.audience`, else the task's URL; give it explicitly,
 * since Cloud Run refuses the URL of a task that has a query (and on a public service each such URL would be an audience).
 * https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks
 */
export function cloudTasks(options: SenderOptions): VerifierOptions {
  return fromSender(options);
}

/**
 * The options of a verifier for Cloud Scheduler. The audience is `httpTarget.oidcToken.audience`, else the job's URI.
 * https://docs.cloud.google.com/scheduler/docs/http-target-auth
 */
export function cloudScheduler(options: SenderOptions): VerifierOptions {
  return fromSender(options);
}

/**
 * The options of a verifier for Eventarc. The service account is the trigger's; the audience is the URL of the service and
 * the trigger's path.
 * https://docs.cloud.google.com/eventarc/docs/run/create-trigger-storage-console
 */
export function eventarc(options: SenderOptions): VerifierOptions {
  return fromSender(options);
}

const { mode, public: isPublic, jwksUri, jwks, plainHttpHosts, clockTolerance, cacheSize } = VERIFIER_RULES;

const SENDER_RULES: Rules<SenderOptions> = {
  mode,
  public: isPublic,
  jwksUri,
  jwks,
  plainHttpHosts,
  clockTolerance,
  cacheSize,
  serviceAccount: required(
    textLike('the e-mail address of a service account', /^[^@\s]+@[a-z0-9.-]+\.gserviceaccount\.com$/),
  ),
  audience: required(textLike('the one that the sender is configured with', /^\S+$/)),
};

const WITH_QUERY =
  'audience must be without query or fragment: Cloud Run answers 401 to such a token before this service sees it. Configure the sender with an explicit audience; or, where everybody may invoke this service and Cloud Run looks at no token, say public: true.';

function fromSender(given: SenderOptions): VerifierOptions {
  const { serviceAccount, ...rest } = readOptions<SenderOptions>(given, SENDER_RULES);
  if (rest.public !== true && /[?#]/.test(rest.audience)) throw invalid(WITH_QUERY);
  return { ...rest, allowedCallers: [serviceAccount] };
}
