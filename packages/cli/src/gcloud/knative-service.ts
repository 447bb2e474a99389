/** As `gcloud run services list --format=json` prints it. https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services */
export interface KnativeService {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec?: {
        readonly serviceAccountName?: string;
        readonly containerConcurrency?: number;
        readonly containers?: readonly {
          readonly image?: string;
          /** `h2c` or `http1`; of the one container that takes requests. */
          readonly ports?: readonly { readonly name?: string }[];
          readonly env?: readonly KnativeVariable[];
        }[];
      };
    };
  };
  readonly status?: {
    readonly url?: string;
    readonly conditions?: readonly KnativeCondition[];
  };
}

export interface KnativeVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

export interface KnativeCondition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}
