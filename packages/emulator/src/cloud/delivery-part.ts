import type { Declaration } from '@run-edges/edges';
import { ensureSenders } from '../delivery/declared-senders.ts';
import { createDeliveries, type Deliveries, type DeliveriesOptions } from '../delivery/deliveries.ts';
import { runAppHosts } from '../identity/project.ts';
import type { ExternalReceivers } from '../run/external/external-receivers.ts';
import type { Directory } from '../run/gate/authorize.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import type { Declared } from './declared.ts';
import type { Part } from './parts.ts';

export interface DeliveryPartOptions extends Omit<DeliveriesOptions, 'reachable' | 'callerName'> {
  readonly registry: Pick<ServiceRegistry, 'list'>;
  readonly external: Pick<ExternalReceivers, 'list'>;
  readonly directory: Pick<Directory, 'callerName'>;
  readonly there: Declared['there'];
}

/** Pub/Sub and whatever else calls when something happens: it delivers from the start to the stop, and to gates alone. */
export function deliveryPart(given: DeliveryPartOptions): Part & { readonly deliveries: Deliveries } {
  const { registry, external, directory, there, ...options } = given;
  const deliveries = createDeliveries({
    ...options,
    callerName: directory.callerName,
    reachable: () => [
      ...registry.list(),
      ...external.list().map(({ name, url, standsFor }) => ({ name, url, origins: [url, standsFor] })),
    ],
  });
  const { project, now } = options;
  return { deliveries, start, follow, stop: deliveries.stop };

  async function start(): Promise<void> {
    ensure([]);
    deliveries.start();
  }

  async function follow({ senders = [] }: Declaration): Promise<readonly []> {
    ensure(senders);
    return [];
  }

  function ensure(before: NonNullable<Declaration['senders']>): void {
    const { senders = [] } = there();
    ensureSenders(senders, before, { deliveries, project, addressOf, now });
  }

  function addressOf(receiver: string) {
    const other = there().external?.find(({ name }) => name === receiver);
    if (other !== undefined) return other;
    const url = `https://${runAppHosts(receiver, project)[0]}`;
    return { url, audience: options.ownUrlOf(receiver) ?? url };
  }
}
