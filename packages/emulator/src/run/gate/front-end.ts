import type { Service } from '@run-edges/edges';

/** What a service asks of its front end. It may change while the gate runs; the next request meets the new one. */
export interface FrontEnd {
  readonly ingress: Service['ingress'];
  /** Beside the service's own URLs; compared byte for byte. */
  readonly customAudiences: readonly string[];
  /** Traffic tags: each is a host `TAG---HOST` that serves and is never an audience. */
  readonly tags: readonly string[];
  /** No IAM check at all (`--no-invoker-iam-check`); ingress still counts. */
  readonly invokerIamDisabled: boolean;
  /** The `run.app` hosts answer 404 (`--no-default-url`). */
  readonly defaultUrlDisabled: boolean;
  /** The container speaks HTTP/2 without TLS (`--use-http2`), and the size limits of HTTP/1 do not hold. */
  readonly http2: boolean;
  /** Requests at once in one instance. */
  readonly concurrency: number;
  readonly maxInstances: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
}
