import { createDeliveries, type Deliveries, type DeliveriesOptions } from '../delivery/deliveries.ts';
import type { ExternalReceivers } from '../run/external/external-receivers.ts';
import type { Directory } from '../run/gate/authorize.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import type { Part } from './parts.ts';

export interface DeliveryPartOptions extends Omit<DeliveriesOptions, 'reachable' | 'callerName'> {
  readonly registry: Pick<ServiceRegistry, 'list'>;
  readonly external: Pick<ExternalReceivers, 'list'>;
  readonly directory: Pick<Directory, 'callerName'>;
}

/** Pub/Sub and whatever else calls when something happens: it delivers from the start to the stop, and to gates alone. */
export function deliveryPart({ registry, external, directory, ...options }: DeliveryPartOptions): Part & {
  readonly deliveries: Deliveries;
} {
  const deliveries = createDeliveries({
    ...options,
    callerName: directory.callerName,
    reachable: () => [
      ...registry.list(),
      ...external.list().map(({ name, url, standsFor }) => ({ name, url, origins: [url, standsFor] })),
    ],
  });
  return { deliveries, start: async () => deliveries.start(), stop: deliveries.stop };
}
