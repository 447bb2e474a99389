import { BlockList, isIPv6 } from 'node:net';
import { EmulatorError } from '../../internal/errors.ts';
import type { FrontEnd } from './front-end.ts';

/**
 * Who counts as internal. One machine has no VPC, and connections from its own loopback address tell nothing: so a
 * caller is internal when it proves to be a service account of this project, or when it comes from a named network.
 * What a request says of itself (X-Forwarded-For) never counts.
 */
export interface InternalCallers {
  /** Whether a verified ID token of a service account of this project makes a request internal. Default true. */
  readonly projectTokens?: boolean;
  /** Networks whose requests are internal, as `10.0.0.0/8`, or single addresses; docker-compose's for instance. Default none. */
  readonly networks?: readonly string[];
  /** Networks whose requests come through a load balancer. Default none. */
  readonly loadBalancers?: readonly string[];
}

export interface Origin {
  /** The peer's IP address. */
  readonly address: string | undefined;
  /** Whether a verified token says that a service account of this project is calling. */
  readonly ofProject: boolean;
}

/** Tells whether a request may pass a service's ingress setting. @see https://docs.cloud.google.com/run/docs/securing/ingress */
export type IngressRule = (ingress: FrontEnd['ingress'], origin: Origin) => boolean;

/** @throws EmulatorError SETTING_INVALID for a network that is none */
export function ingressRule({ projectTokens = true, networks = [], loadBalancers = [] }: InternalCallers): IngressRule {
  const internal = blockList(networks, 'gate.internal.networks');
  const balanced = blockList(loadBalancers, 'gate.internal.loadBalancers');
  return (ingress, { address, ofProject }) => {
    if (ingress === 'all') return true;
    if (ofProject && projectTokens) return true;
    if (contains(internal, address)) return true;
    return ingress === 'internal-and-cloud-load-balancing' && contains(balanced, address);
  };
}

function blockList(networks: readonly string[], option: string): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      if (prefix === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(prefix), family);
    } catch (cause) {
      throw new EmulatorError(
        'SETTING_INVALID',
        `${JSON.stringify(network)} in ${option} is no network (${(cause as Error).message}).`,
        'Write 172.16.0.0/12 or 10.1.2.3.',
      );
    }
  }
  return list;
}

function contains(list: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
