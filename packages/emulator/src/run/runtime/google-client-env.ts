import type { Project } from '../../identity/project.ts';
import { isLoopback } from '../../internal/own-names.ts';
import { noProxy } from './no-proxy.ts';

/**
 * The environment that makes Google's client libraries be one identity. Each reads another variable: Node and Go
 * GCE_METADATA_HOST, Python GCE_METADATA_IP beside it, gcloud GCE_METADATA_ROOT. All but Go's would ask a proxy for it.
 *
 * @param before what stands there already
 */
export function googleClientEnv(
  metadataHost: string,
  project: Project,
  home: string,
  before: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    ...noProxy(before, new URL(`http://${metadataHost}`).hostname),
    GCE_METADATA_HOST: metadataHost,
    GCE_METADATA_IP: metadataHost,
    GCE_METADATA_ROOT: metadataHost,
    METADATA_SERVER_DETECTION: 'assume-present',
    // Without it Node's library would start gcloud to ask for the project.
    GOOGLE_CLOUD_PROJECT: project.id,
    // A developer's own credentials in ~/.config/gcloud must not become the service's identity.
    HOME: home,
    CLOUDSDK_CONFIG: `${home}/gcloud`,
    ...plainHttpHosts(metadataHost.replace(/:\d+$/, '')),
  };
}

/** To which host a service may send tokens without TLS, where the emulator has another one than loopback. */
export function plainHttpHosts(host: string): Record<string, string> {
  return isLoopback(host) ? {} : { PLAIN_HTTP_HOSTS: host };
}
