import type { KnativeCondition, KnativeVariable } from './knative-service.ts';

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface KnativeContainer {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly env?: readonly KnativeVariable[];
}

/** As `gcloud run jobs list --format=json` prints it. https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.jobs */
export interface KnativeJob {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec?: {
        readonly taskCount?: number;
        readonly parallelism?: number;
        readonly template?: {
          readonly spec?: {
            readonly serviceAccountName?: string;
            readonly maxRetries?: number;
            /** Seconds; the API writes it as text. */
            readonly timeoutSeconds?: number | string;
            readonly containers?: readonly KnativeContainer[];
          };
        };
      };
    };
  };
  readonly status?: { readonly conditions?: readonly KnativeCondition[] };
}

/** As `gcloud beta run worker-pools list --format=json` prints it. https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.workerpools */
export interface KnativeWorkerPool {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec?: {
        readonly serviceAccountName?: string;
        readonly containers?: readonly KnativeContainer[];
      };
    };
  };
  readonly status?: { readonly conditions?: readonly KnativeCondition[] };
}
