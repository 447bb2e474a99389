import { ANONYMOUS, didYouMean, printable } from '@run-edges/edges';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';
import { askEmulator, ownAddress, TargetError } from '../emulator-api.ts';

/** A caller and a receiver of a running emulator. */
export interface RunningEdge {
  /** Where the receiver's gate is. */
  readonly url: string;
  /** What ID tokens for the receiver are for. */
  readonly audience: string;
  /** An ID token of the caller, got as it would get it; undefined of nobody's. @throws TargetError, RefusedError */
  token(): Promise<string | undefined>;
}

/** @throws TargetError where nobody here has such a name */
export async function findEdge(api: string, caller: string, receiver: string): Promise<RunningEdge> {
  const { services } = await askEmulator(api, '/run-edges/v1/services', answers.services);
  const { external } = await askEmulator(api, '/run-edges/v1/external', answers.external);
  const { callers } = await askEmulator(api, '/run-edges/v1/callers', answers.callers);
  const known = [ANONYMOUS, ...callers.map(({ name }) => name)];
  if (!known.includes(caller)) throw unknown('caller', caller, known, api);
  const service = services.find(({ name }) => name === receiver);
  const other = external.find(({ name }) => name === receiver);
  const found = service ?? other;
  if (found === undefined) {
    const receivers = [...services, ...external].map(({ name }) => name);
    throw unknown('receiver', receiver, receivers, api);
  }
  const url = ownAddress(api, found.url);
  const audience = other?.audience ?? url;
  return {
    url,
    audience,
    async token() {
      if (caller === ANONYMOUS) return undefined;
      const path = `/run-edges/v1/callers/${encodeURIComponent(caller)}/id-token`;
      return (await askAsDeveloper(api, path, answers.idToken, { audience })).token;
    },
  };
}

function unknown(what: string, name: string, known: readonly string[], api: string): TargetError {
  return new TargetError(
    `There is no ${what} ${JSON.stringify(name)} at ${api}.`,
    didYouMean(name, known) ?? `Known: ${printable(known.join(', '))}.`,
  );
}
