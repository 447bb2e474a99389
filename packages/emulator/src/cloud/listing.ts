import type { Callers } from '../run/callers.ts';
import type { ExternalReceivers } from '../run/external/external-receivers.ts';
import type { Outside } from '../run/networks/outside.ts';
import type { Principal } from '../run/revisions/principal.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import { plainHttpHosts } from '../run/runtime/google-client-env.ts';
import { noProxy } from '../run/runtime/no-proxy.ts';
import { DEVELOPER, type Environments } from '../watch/routes/environment-routes.ts';
import type { Listed } from '../watch/routes/service-routes.ts';

export interface ListingOptions {
  readonly outside: Outside;
  readonly registry: ServiceRegistry;
  readonly external: ExternalReceivers;
  readonly callers: readonly Callers[];
  /** Where the API is. */
  readonly apiUrl: () => string;
  /** What the developer's own programs take production addresses by. */
  readonly developerEnv: () => Readonly<Record<string, string>>;
}

/** What is told of services and callers, with addresses as they are reached by who asks. */
export interface Listing {
  readonly listed: Listed;
  /** @param name by which the asker calls this machine */
  environments(name: string | undefined): Environments;
}

export function createListing({ outside, registry, external, callers, ...options }: ListingOptions): Listing {
  const { apiUrl, developerEnv } = options;
  const principals = () => callers.flatMap((kind) => kind.principals());

  /** The emulator's own addresses for who calls this machine by a name: port 0 stands for the machine alone. */
  function seenBy(name: string | undefined): (text: string) => string {
    if (name === undefined) return (text) => text;
    const addresses = [apiUrl(), ...[...registry.list(), ...external.list()].map(({ url }) => url)].map(
      (one) => new URL(one).port,
    );
    const metadata = principals().map(({ metadataHost }) => metadataHost.slice(metadataHost.lastIndexOf(':') + 1));
    const proxies = [developerEnv(), ...callers.flatMap((kind) => kind.principals().map((one) => kind.env(one)))].map(
      ({ HTTPS_PROXY = '' }) => URL.parse(HTTPS_PROXY)?.port ?? '0',
    );
    return outside.asCalledBy(name, [0, ...[...addresses, ...metadata, ...proxies].map(Number)]);
  }

  return {
    listed: {
      services(name) {
        const seen = seenBy(name);
        return registry.list().map((service) => {
          const { url, metadataHost, ...rest } = service.listed();
          return { ...rest, url: seen(url), metadataHost: seen(metadataHost) };
        });
      },
      principals(name) {
        const seen = seenBy(name);
        return principals().map((principal) => {
          const { metadataHost, ...rest } = principal.listed();
          return { ...rest, metadataHost: seen(metadataHost) };
        });
      },
      external(name) {
        const seen = seenBy(name);
        return external.list().map(({ name, url, audience, standsFor, by }) => ({
          name,
          url: seen(url),
          audience,
          standsFor,
          by,
        }));
      },
      unchecked: () =>
        registry
          .list()
          .filter(({ frontEnd }) => frontEnd.invokerIamDisabled)
          .map(({ name }) => name),
    },
    environments(name) {
      const seen = seenBy(name);
      const machine = seen(outside.authority(0)).replace(/:0$/, '');
      const here = (env: Readonly<Record<string, string>>) => ({
        ...Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, seen(value)])),
        ...(name === undefined ? {} : { ...noProxy(env, machine), ...plainHttpHosts(machine) }),
      });
      const of = (kind: Callers, principal: Principal) => [principal.name, here(kind.env(principal))] as const;
      const own = developerEnv();
      return Object.fromEntries([
        ...callers.flatMap((kind) => kind.principals().map((principal) => of(kind, principal))),
        ...(Object.keys(own).length === 0 ? [] : [[DEVELOPER, here(own)] as const]),
      ]);
    },
  };
}
