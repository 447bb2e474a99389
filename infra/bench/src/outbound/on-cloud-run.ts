import { devNull } from 'node:os';

/** The environment in which Google's libraries find this metadata server, and no credentials of whoever runs the bench. */
export function onCloudRun(metadataHost: string): Record<string, string | undefined> {
  return {
    GCE_METADATA_HOST: metadataHost,
    GOOGLE_CLOUD_PROJECT: 'bench-project',
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    CLOUDSDK_CONFIG: undefined,
    HOME: devNull,
  };
}
