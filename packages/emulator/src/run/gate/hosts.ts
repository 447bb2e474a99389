import type { FrontEnd } from './front-end.ts';

export interface Hosted {
  /** `run.app` host names: the deterministic one and the one with the hash, of each of its regions. */
  readonly hosts: readonly string[];
  readonly frontEnd: () => FrontEnd;
}

/** Whether a `run.app` host name is one of the service's own, or of one of its tags: `TAG---HOST`. */
export function servesHost(service: Hosted, host: string): boolean {
  if (service.frontEnd().defaultUrlDisabled) return false;
  return service.hosts.includes(host) || tagOf(service, host) !== undefined;
}

/** The tag that a host name asks for. */
export function tagOf({ hosts, frontEnd }: Hosted, host: string): string | undefined {
  const at = host.indexOf('---');
  if (at < 1 || !hosts.includes(host.slice(at + 3))) return undefined;
  const tag = host.slice(0, at);
  return frontEnd().tags.includes(tag) ? tag : undefined;
}
