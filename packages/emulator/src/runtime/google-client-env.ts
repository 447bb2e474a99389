import type { Project } from '../identity/project.ts';

/**
 * The environment that makes Google's client libraries be one identity. Each reads another variable: Node and Go
 * GCE_METADATA_HOST, Python GCE_METADATA_IP beside it, gcloud GCE_METADATA_ROOT.
 */
export function googleClientEnv(metadataHost: string, project: Project, home: string): Record<string, string> {
  return {
    GCE_METADATA_HOST: metadataHost,
    GCE_METADATA_IP: metadataHost,
    GCE_METADATA_ROOT: metadataHost,
    METADATA_SERVER_DETECTION: 'assume-present',
    // Without it Node's library would start gcloud to ask for the project.
    GOOGLE_CLOUD_PROJECT: project.id,
    // A developer's own credentials in ~/.config/gcloud must not become the service's identity.
    HOME: home,
    CLOUDSDK_CONFIG: `${home}/gcloud`,
  };
}
