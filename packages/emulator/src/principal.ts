import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { ListedPrincipal } from './api/service-routes.ts';
import type { Faults } from './faults/faults.ts';
import type { ResolvedGoogleSettings } from './google-settings.ts';
import type { ServiceAccount } from './identity/accounts.ts';
import type { Project } from './identity/project.ts';
import { close, listen } from './internal/listen.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { CLOUD_PLATFORM_SCOPE, identityEndpoint, tokenEndpoint } from './metadata/identity-endpoints.ts';
import { createMetadataServer } from './metadata/metadata-server.ts';
import { metadataTree } from './metadata/tree.ts';
import type { Outside } from './networks/outside.ts';

/** One identity with a metadata server of its own: who asks there, is it. */
export interface Principal {
  readonly name: string;
  readonly account: ServiceAccount;
  /** `host:port`. */
  readonly metadataHost: string;
  readonly server: Server;
  listed(): ListedPrincipal;
  close(): Promise<void>;
}

export interface PrincipalOptions {
  readonly name: string;
  readonly account: ServiceAccount;
  readonly project: Project;
  readonly keys: KeyRing;
  readonly faults: Faults;
  readonly settings: ResolvedGoogleSettings;
  readonly now: () => number;
  readonly outside: Outside;
  /** 0 for any free one. */
  readonly port: number;
}

export async function createPrincipal(options: PrincipalOptions): Promise<Principal> {
  const { name, account, project, faults, settings, outside } = options;
  const tree = metadataTree({
    project,
    email: account.email,
    id: createHash('sha256').update(`${name} ${process.pid}`).digest('hex'),
    scopes: [CLOUD_PLATFORM_SCOPE],
    token: tokenEndpoint(options),
    identity: identityEndpoint(options),
  });
  const server = createMetadataServer({ tree, faults, settings, isOwnName: outside.isOwnName });
  outside.guard(server);
  const port = await listen(server, outside.host, options.port, `the metadata server of ${name}`);
  const metadataHost = outside.authority(port);
  return {
    name,
    account,
    metadataHost,
    server,
    listed: () => ({ name, email: account.email, metadataHost }),
    close: () => close(server),
  };
}
