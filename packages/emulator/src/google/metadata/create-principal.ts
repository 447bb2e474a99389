import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Accounts, isActive, type ServiceAccount } from '../../identity/accounts/accounts.ts';
import type { KeyRing } from '../../identity/keys/key-ring.ts';
import type { Project } from '../../identity/project.ts';
import type { Elapsed } from '../../internal/elapsed.ts';
import { close, listen } from '../../internal/listen.ts';
import type { Decision, Decisions } from '../../run/gate/decision.ts';
import { traceOf } from '../../run/gate/trace.ts';
import type { Outside } from '../../run/networks/outside.ts';
import type { OpenBeside, Principal } from '../../run/revisions/principal.ts';
import type { Impostor, Isolation } from '../../run/runtime/isolation.ts';
import type { ResolvedGoogleSettings } from '../google-settings.ts';
import { CLOUD_PLATFORM_SCOPE, identityEndpoint, tokenEndpoint, whileActive } from './identity-endpoints.ts';
import type { MetadataFaults } from './metadata-faults.ts';
import { createMetadataServer } from './metadata-server.ts';
import { metadataTree } from './tree.ts';

export interface PrincipalOptions {
  readonly name: string;
  readonly account: ServiceAccount;
  readonly accounts: Accounts;
  readonly project: Project;
  readonly keys: KeyRing;
  readonly faults: { readonly current: MetadataFaults };
  readonly settings: ResolvedGoogleSettings;
  readonly now: () => number;
  readonly elapsed: Elapsed;
  readonly outside: Outside;
  readonly isolation: Isolation;
  readonly decisions: Decisions;
  /** 0 for any free one. */
  readonly port: number;
  /** Opens what else it has, where it has something. */
  readonly beside: OpenBeside | undefined;
}

export async function createPrincipal(options: PrincipalOptions): Promise<Principal> {
  const { name, account, accounts, project, faults, settings, outside, isolation, decisions } = options;
  const active = () => isActive(accounts.byUniqueId(account.uniqueId));
  const tree = metadataTree({
    project,
    email: account.email,
    id: createHash('sha256').update(`${name} ${process.pid}`).digest('hex'),
    scopes: [CLOUD_PLATFORM_SCOPE],
    token: whileActive(tokenEndpoint(options), active),
    identity: whileActive(identityEndpoint(options), active),
  });
  const server = createMetadataServer({ tree, faults, settings, isOwnName: outside.isOwnName, refuses });
  outside.guard(server);
  const port = await listen(server, outside.host, options.port, `the metadata server of ${name}`);
  const metadataHost = outside.authority(port);
  const principal: Principal = {
    name,
    account,
    metadataHost,
    server,
    listed: () => ({ name, email: account.email, metadataHost }),
    async close() {
      await Promise.all([beside?.close(), close(server)]);
    },
  };
  const beside = await options.beside?.(principal);
  return principal;

  /** Whoever asks here becomes this identity: its own processes may, and the developer's. */
  function refuses(request: IncomingMessage): boolean {
    const impostor = isolation.impostorAt(request.socket, principal);
    if (impostor !== undefined) decisions.add(refused(request, name, impostor));
    return impostor !== undefined;
  }
}

function refused(
  { method = '', url = '', headers }: IncomingMessage,
  name: string,
  { caller, mend }: Impostor,
): Decision {
  return {
    time: new Date().toISOString(),
    caller,
    receiver: `${name}’s metadata server`,
    method,
    path: url.split('?')[0] ?? '',
    status: 403,
    rule: 'not-its-identity',
    reason: `what asks is no process of ${name}, and whoever gets its tokens is ${name}`,
    mend,
    log: '',
    trace: traceOf(headers.traceparent).id,
  };
}
