import type { Project } from '@run-edges/emulator';
import { otherApis } from './other-apis.ts';

/** A property of gcloud, as its configuration files and its environment variables name it. */
export interface GcloudProperty {
  readonly section: string;
  readonly property: string;
  readonly value: string;
}

/** APIs whose address gcloud takes as it stands. */
const PLAIN_APIS = [
  'iam',
  'iamcredentials',
  'cloudresourcemanager',
  'serviceusage',
  'cloudbilling',
  'pubsub',
  'cloudtasks',
  'cloudscheduler',
  'eventarc',
];

/**
 * gcloud puts the region before the host name of Cloud Run's API, so an IP address cannot be one. A name that only the
 * emulator knows can, as gcloud's proxy.
 */
const RUN_HOST = 'http://run.emulator.internal/';

/** What gcloud is told, wherever it meets the emulator. */
export function gcloudProperties(project: Project): GcloudProperty[] {
  return [
    ...section('core', { project: project.id, disable_prompts: '1', disable_usage_reporting: '1' }),
    ...section('component_manager', { disable_update_check: '1' }),
    ...section('run', { region: project.region }),
  ];
}

/** What leads gcloud to the emulator's own address: by production addresses it asks each API at its own, as ever. */
export function localAddresses(api: string): GcloudProperty[] {
  const { origin, hostname, port } = new URL(api);
  return [
    ...section('auth', { token_host: `${origin}/token` }),
    ...section('proxy', { type: 'http_no_tunnel', address: hostname.replace(/^\[|\]$/g, ''), port }),
    ...section('api_endpoint_overrides', {
      run: RUN_HOST,
      ...Object.fromEntries(PLAIN_APIS.map((name) => [name, `${origin}/`])),
    }),
  ];
}

function section(name: string, values: Readonly<Record<string, string>>): GcloudProperty[] {
  return Object.entries(values).map(([property, value]) => ({ section: name, property, value }));
}

/**
 * The path of each API at which Terraform's google provider asks for it. Google's Go clients, by which it asks IAM, the
 * Resource Manager, Service Usage and Billing, put the version before their paths themselves; until 7.25 the provider
 * takes it from an endpoint of https alone, so that `/v1/` over http became `/v1/v1/`. The address alone is right for all.
 * What is generated for Run and for identity pools takes the endpoint as it stands.
 * https://github.com/hashicorp/terraform-provider-google/issues/26590
 */
const terraformPaths: Readonly<Record<string, string>> = {
  CLOUD_BILLING: '/',
  CLOUD_RUN: '/',
  CLOUD_RUN_V2: '/v2/',
  CLOUD_SCHEDULER: '/v1/',
  CLOUD_TASKS: '/v2/',
  EVENTARC: '/v1/',
  IAM: '/',
  IAM_BETA: '/v1/',
  IAM_CREDENTIALS: '/',
  PUBSUB: '/v1/',
  RESOURCE_MANAGER: '/',
  RESOURCE_MANAGER_V3: '/',
  SERVICE_USAGE: '/',
};

/** What points Terraform's google provider and Google's client libraries at an emulator, whoever uses them. */
export function variables(api: string, project: Project): Record<string, string> {
  const { origin } = new URL(api);
  return {
    GOOGLE_CLOUD_PROJECT: project.id,
    GOOGLE_PROJECT: project.id,
    GOOGLE_REGION: project.region,
    ...Object.fromEntries(
      Object.entries(terraformPaths).map(([name, path]) => [`GOOGLE_${name}_CUSTOM_ENDPOINT`, `${origin}${path}`]),
    ),
  };
}

/** Where gcloud asks for what is not played. They are many, and stand in its configuration alone. */
export const otherProperties: readonly GcloudProperty[] = Object.entries(otherApis).map(([property, value]) => ({
  section: 'api_endpoint_overrides',
  property,
  value,
}));
