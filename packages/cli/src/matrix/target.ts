import { type Declaration, STRANGER } from '@run-edges/edges';
import type { Cloud, Decision } from '@run-edges/emulator';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { askEmulator, ownAddress, TargetError, TIMEOUT_MS } from '../emulator-api.ts';
import { readText } from '../read-text.ts';
import { LONGEST_TOKEN, looksLikeToken } from './id-token.ts';

/** Something whose edges can be tried. */
export interface Target {
  readonly declaration: Declaration;
  urlOf(receiver: string): string;
  /** What ID tokens for the receiver are for. Default: its URL. */
  audienceOf?(receiver: string): string;
  /**
   * An ID token of the caller, got as it would get it: from its own metadata server, by federation, as a person.
   * @throws RefusedError where it is given none
   */
  idToken(caller: string, audience: string): Promise<string>;
  /** As whom a caller is tried who is many. */
  triedAs?(caller: string): string | undefined;
  /** The gate's record of the request with this trace id. */
  decisionOf(trace: string): Promise<(Pick<Decision, 'reason' | 'rule'> & Partial<Decision>) | undefined>;
  /** How many requests for the path the receiver's container has received, where it tells: asked round the gate. */
  requestsSeen?(receiver: string, path: string): Promise<number | undefined>;
}

/**
 * An emulator, by the address of its API.
 * @param developerToken which callers without a metadata server want; default: the one that is kept here
 * @throws TargetError when none answers there or it runs other services
 */
export async function localTarget(declaration: Declaration, api: string, developerToken?: string): Promise<Target> {
  const { services } = await askEmulator(api, '/run-edges/v1/services', answers.services);
  const { principals } = await askEmulator(api, '/run-edges/v1/principals', answers.principals);
  const { callers } = await askEmulator(api, '/run-edges/v1/callers', answers.callers);
  const { external } = await askEmulator(api, '/run-edges/v1/external', answers.external);
  const named = <T extends { name: string }>(list: readonly T[], name: string): T => {
    const found = list.find((one) => one.name === name);
    if (found === undefined)
      throw new TargetError(
        `The emulator at ${api} knows no ${name}.`,
        name === STRANGER
          ? `Make its account, as run-edges deploy and Terraform do: gcloud iam service-accounts create ${STRANGER}`
          : `Deploy ${name} there, or start it again with the declaration as it is now.`,
      );
    return found;
  };
  return {
    declaration,
    urlOf: (receiver) => ownAddress(api, named([...services, ...external], receiver).url),
    audienceOf: (receiver) =>
      external.find(({ name }) => name === receiver)?.audience ?? ownAddress(api, named(services, receiver).url),
    triedAs(caller) {
      const found = callers.find(({ name }) => name === caller);
      return found?.how === 'user' && found.for !== undefined ? `${found.email}, who is in ${found.for}` : undefined;
    },
    async idToken(caller, audience) {
      if (named(callers, caller).how !== 'metadata-server') {
        const path = `/run-edges/v1/callers/${encodeURIComponent(caller)}/id-token`;
        return (await askAsDeveloper(api, path, answers.idToken, { audience }, developerToken)).token;
      }
      const { metadataHost } = named(principals, caller);
      const url = new URL(ownAddress(api, `http://${metadataHost}/`));
      url.pathname = '/computeMetadata/v1/instance/service-accounts/default/identity';
      url.searchParams.set('audience', audience);
      return askMetadata(url).catch((error: Error) => {
        throw new TargetError(
          `${caller}'s metadata server gave no ID token (${error.message}).`,
          'Start the emulator again.',
        );
      });
    },
    async decisionOf(trace) {
      const { decisions } = await askEmulator(api, `/run-edges/v1/decisions?trace=${trace}`, answers.decisions);
      return decisions.findLast((decision) => decision.trace === trace);
    },
  };
}

async function askMetadata(url: URL): Promise<string> {
  const response = await fetch(url, {
    headers: { 'metadata-flavor': 'Google' },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await readText(response, LONGEST_TOKEN);
  if (!response.ok) throw new Error(`${response.status}`);
  if (!looksLikeToken(text)) throw new Error('what it says is none');
  return text;
}

/** The path that good containers answer without work, and count how often they did. */
export const LIVE_PATH = '/health/live';

/**
 * Asks containers of this process's own emulator how often LIVE_PATH was asked for, this time included: their other
 * traffic does not count. Undefined for another path, and where a container keeps no count or does not answer.
 */
export function countRequests(cloud: Cloud): NonNullable<Target['requestsSeen']> {
  return async (receiver, path) => {
    const { containerUrl } = cloud.external.find(({ name }) => name === receiver) ?? cloud.service(receiver);
    if (containerUrl === undefined || path !== LIVE_PATH) return undefined;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, containerUrl), { signal }).catch(() => undefined);
    const body = ((await response?.json().catch(() => undefined)) ?? {}) as { live?: unknown };
    return typeof body.live === 'number' ? body.live : undefined;
  };
}
