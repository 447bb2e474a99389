import type { FrontEnd } from './front-end.ts';

export interface Hosted {
  /** `run.app` host names: the deterministic one and the one with the hash. */
  readonly hosts: readonly [string, string];
  readonly frontEnd: () => FrontEnd;
}

/** Whether a `run.app` host name is one of the service's own, or of one of its tags: `TAG---HOST`. */
export function servesHost({ hosts, frontEnd }: Hosted, host: string): boolean {
  const { tags, defaultUrlDisabled } = frontEnd();
  if (defaultUrlDisabled) return false;
  if (hosts.includes(host)) return true;
  const at = host.indexOf('---');
  return at > 0 && tags.includes(host.slice(0, at)) && hosts.includes(host.slice(at + 3));
}
