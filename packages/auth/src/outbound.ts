/**
 * Calls other services with Google-signed ID tokens.
 *
 * @module
 */
export type { HeaderMode } from './outbound/attach.ts';
export type { GoogleEndpointOptions } from './outbound/endpoints.ts';
export { createServiceClient, type ServiceClient, type ServiceClientOptions } from './outbound/service-client.ts';
export type { TokenSource } from './outbound/source.ts';
export {
  applicationDefault,
  authClient,
  type MetadataServerOptions,
  metadataServer,
  type ServiceAccountKey,
  type SourceOptions,
  serviceAccountKey,
} from './outbound/sources.ts';
export { clearTokenCache } from './outbound/token-cache.ts';
