import type { Declaration } from '@run-edges/edges';
import type { Cloud, Decision, ListedPrincipal, ListedService } from '@run-edges/emulator';
import { askEmulator, TargetError, TIMEOUT_MS } from '../emulator-api.ts';

/** Something whose edges can be tried. */
export interface Target {
  readonly declaration: Declaration;
  urlOf(receiver: string): string;
  /** An ID token of the caller, from its own metadata server. */
  idToken(caller: string, audience: string): Promise<string>;
  /** The gate's record of the request with this trace id. */
  decisionOf(trace: string): Promise<Decision | undefined>;
  /** How many requests for the path the receiver's container has received, where it tells: asked round the gate. */
  requestsSeen?(receiver: string, path: string): Promise<number | undefined>;
}

/** An emulator, by the address of its API. @throws TargetError when none answers there or it runs other services */
export async function localTarget(declaration: Declaration, api: string): Promise<Target> {
  const { services } = await askEmulator<{ services: ListedService[] }>(api, '/run-edges/v1/services');
  const { principals } = await askEmulator<{ principals: ListedPrincipal[] }>(api, '/run-edges/v1/principals');
  const named = <T extends { name: string }>(list: readonly T[], name: string): T => {
    const found = list.find((one) => one.name === name);
    if (found === undefined)
      throw new TargetError(
        `The emulator at ${api} knows no ${name}.`,
        'Start it again with the declaration as it is now.',
      );
    return found;
  };
  return {
    declaration,
    urlOf: (receiver) => named(services, receiver).url,
    async idToken(caller, audience) {
      const { metadataHost } = named(principals, caller);
      const url = new URL(`http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/identity`);
      url.searchParams.set('audience', audience);
      const response = await fetch(url, {
        headers: { 'metadata-flavor': 'Google' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok)
        throw new TargetError(`${caller}'s metadata server answered ${response.status}.`, 'Start the emulator again.');
      return response.text();
    },
    async decisionOf(trace) {
      const { decisions } = await askEmulator<{ decisions: Decision[] }>(api, '/run-edges/v1/decisions');
      return decisions.findLast((decision) => decision.trace === trace);
    },
  };
}

/** The path that good containers answer without work, and count how often they did. */
export const LIVE_PATH = '/health/live';

/**
 * Asks containers of this process's own emulator how often LIVE_PATH was asked for, this time included: their other
 * traffic does not count. Undefined for another path, and where a container keeps no count or does not answer.
 */
export function countRequests(cloud: Cloud): NonNullable<Target['requestsSeen']> {
  return async (receiver, path) => {
    const { containerUrl } = cloud.service(receiver);
    if (containerUrl === undefined || path !== LIVE_PATH) return undefined;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, containerUrl), { signal }).catch(() => undefined);
    const body = ((await response?.json().catch(() => undefined)) ?? {}) as { live?: unknown };
    return typeof body.live === 'number' ? body.live : undefined;
  };
}
