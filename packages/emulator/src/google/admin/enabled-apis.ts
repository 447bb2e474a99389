import type { Project } from '../../identity/project.ts';
import { GoogleError } from '../../internal/google-api/google-error.ts';
import { texts } from '../../internal/json-shape.ts';
import type { Undo } from '../../internal/remember.ts';

/** Which of Google's APIs the project may use. */
export interface EnabledApis {
  list(): readonly string[];
  has(api: string): boolean;
  set(api: string, enabled: boolean): void;
  /** @throws GoogleError PERMISSION_DENIED when it is off, as Google says it */
  need(api: string): void;
  remember(): Undo;
}

/** What a state file must hold of them. */
export const savedApisShape = texts;

/** On in every project. */
const ALWAYS = ['cloudresourcemanager.googleapis.com', 'serviceusage.googleapis.com'];

/** What a project of Cloud Run services has switched on. */
export const RUN_APIS: readonly string[] = [
  'artifactregistry.googleapis.com',
  'cloudbuild.googleapis.com',
  'cloudscheduler.googleapis.com',
  'cloudtasks.googleapis.com',
  'eventarc.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'pubsub.googleapis.com',
  'run.googleapis.com',
  'sts.googleapis.com',
];

export function createEnabledApis(initial: readonly string[], project: Project, onChange: () => void): EnabledApis {
  let enabled: ReadonlySet<string> = new Set([...ALWAYS, ...initial]);
  return {
    list: () => [...enabled].sort(),
    has: (api) => enabled.has(api),
    set(api, on) {
      if (on === enabled.has(api)) return;
      enabled = on ? new Set([...enabled, api]) : new Set([...enabled].filter((other) => other !== api));
      onChange();
    },
    remember() {
      const before = enabled;
      return () => {
        enabled = before;
      };
    },
    need(api) {
      if (enabled.has(api)) return;
      const url = `https://console.developers.google.com/apis/api/${api}/overview?project=${project.id}`;
      throw new GoogleError(
        'PERMISSION_DENIED',
        `${titleOf(api)} has not been used in project ${project.id} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
        [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'SERVICE_DISABLED',
            domain: 'googleapis.com',
            metadata: { service: api, consumer: `projects/${project.number}` },
          },
        ],
      );
    },
  };
}

/** What Google calls the APIs that are played here. */
export const titles: Readonly<Record<string, string>> = {
  'run.googleapis.com': 'Cloud Run Admin API',
  'iam.googleapis.com': 'Identity and Access Management (IAM) API',
  'iamcredentials.googleapis.com': 'IAM Service Account Credentials API',
  'serviceusage.googleapis.com': 'Service Usage API',
  'cloudresourcemanager.googleapis.com': 'Cloud Resource Manager API',
  'pubsub.googleapis.com': 'Cloud Pub/Sub API',
  'cloudtasks.googleapis.com': 'Cloud Tasks API',
  'cloudscheduler.googleapis.com': 'Cloud Scheduler API',
  'eventarc.googleapis.com': 'Eventarc API',
};

export function titleOf(api: string): string {
  return titles[api] ?? api;
}
