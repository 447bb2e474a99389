import type { Declaration } from '@run-edges/edges';
import type { Deliveries } from '../delivery/deliveries.ts';
import { GOOGLE_TOKEN_URL, mintIdToken } from '../identity/tokens/tokens.ts';
import { makeUserCredentials } from '../identity/tokens/user-credentials.ts';
import { between, checkSettings, type Kinds, perhaps, text } from '../internal/check-settings.ts';
import { EmulatorError } from '../internal/errors.ts';
import { GoogleError } from '../internal/google-api/google-error.ts';
import { readSpan } from '../internal/span.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import type { ExternalReceivers, ExternalRuntime } from '../run/external/external-receivers.ts';
import type { Principal } from '../run/revisions/principal.ts';
import type { ServiceRegistry } from '../run/revisions/service-registry.ts';
import type { ServiceRuntime } from '../run/revisions/service-runtime.ts';
import type { Isolation } from '../run/runtime/isolation.ts';
import type { CallerTokens } from '../watch/callers/caller-tokens.ts';
import type { Cloud } from './cloud.ts';
import type { OpenProject } from './open-project.ts';

export interface RunningCloudOptions
  extends Pick<
    Cloud,
    'url' | 'project' | 'addresses' | 'developerToken' | 'decisions' | 'faults' | 'declare' | 'redeploy' | 'stop'
  > {
  readonly declaration: () => Declaration;
  readonly opened: Pick<OpenProject, 'keys' | 'accountKeys' | 'iam'>;
  readonly registry: ServiceRegistry;
  readonly external: ExternalReceivers;
  readonly principals: () => readonly Principal[];
  readonly callerTokens: CallerTokens;
  readonly deliveries: Deliveries;
  readonly clientEnv: (principal: Principal) => Record<string, string>;
  /** Of the developer's own programs. */
  readonly developerEnv: Readonly<Record<string, string>>;
  readonly isolation: Isolation;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly kept: Pick<KeptState<unknown>, 'save' | 'settled'>;
}

/** What programs and tests hold of a cloud that runs. */
export function runningCloud(options: RunningCloudOptions): Cloud {
  const { url, project, declaration, developerToken, decisions, faults, declare, redeploy, stop } = options;
  const { opened, registry, external, principals, callerTokens, clientEnv, isolation, now, kept } = options;
  const { addresses, developerEnv } = options;
  const { keys, accountKeys, iam } = opened;
  const inProduction = addresses === 'production';
  return {
    url,
    project,
    addresses,
    get declaration() {
      return declaration();
    },
    get services() {
      return registry.list();
    },
    get external() {
      return external.list();
    },
    get principals() {
      return principals();
    },
    decisions,
    policies: iam.policies,
    developerToken,
    isolation: { apart: isolation.apart, says: isolation.says },
    faults,
    time: { advance: (by) => passTime(options.deliveries, by) },
    deliveries: {
      list: options.deliveries.list,
      idle: ({ timeout = USUAL_WAIT } = {}) => waitUntilIdle(options.deliveries, timeout),
    },
    service: (name) => named(registry.list(), name),
    env: (name) => (name === undefined ? { ...developerEnv } : clientEnv(named(principals(), name))),
    urlOf(name) {
      const found = named<ServiceRuntime | ExternalRuntime>([...registry.list(), ...external.list()], name);
      if ('toldUrl' in found) return found.toldUrl;
      return inProduction && new URL(found.standsFor).hostname.endsWith('.run.app') ? found.standsFor : found.url;
    },
    async idToken(name, audience) {
      checkParameters({ audience }, { audience: text }, 'idToken');
      const account = principals().find((one) => one.name === name)?.account;
      if (account !== undefined) return mintIdToken(keys, { account, audience, email: true, issuedAt: now() });
      return callerTokens.idToken(name, audience).catch((error: unknown) => {
        if (!(error instanceof GoogleError)) throw error;
        if (error.status === 'NOT_FOUND') throw unknownName(name, callerTokens.names());
        throw new EmulatorError('NO_ID_TOKEN', error.message, 'Look at the policy of the account that it acts as.');
      });
    },
    async serviceAccountKey(name) {
      const tokenUrl = inProduction ? GOOGLE_TOKEN_URL : `${url}/token`;
      const file = await accountKeys.make(named(principals(), name).account, project, tokenUrl, now());
      await kept.settled();
      return file;
    },
    async userCredentials(email) {
      checkParameters({ email }, { email: text }, 'userCredentials');
      return makeUserCredentials(keys, email, now());
    },
    async rotateKeys(how = {}) {
      checkParameters(how, { withdraw: perhaps('flag') }, 'rotateKeys');
      await keys.rotate(how);
      kept.save();
      await kept.settled();
    },
    declare,
    redeploy,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Milliseconds. */
const USUAL_WAIT = 30_000;
const LONGEST_WAIT = 600_000;

/** @throws EmulatorError SETTING_INVALID, NOT_IDLE */
async function passTime(deliveries: Deliveries, by: string | number) {
  const { now, stops, left } = await deliveries.advance(readSpan(by), AbortSignal.timeout(LONGEST_WAIT));
  if (left > 0)
    throw new EmulatorError(
      'NOT_IDLE',
      `After ${LONGEST_WAIT / 1000} s there were ${left} s left to pass: something was due ${stops} times.`,
      'Move on in smaller steps; cloud.deliveries.list() says what was answered.',
    );
  return { now: new Date(now * 1000), stops };
}

/** @throws EmulatorError NOT_IDLE */
async function waitUntilIdle(deliveries: Deliveries, timeout: number): Promise<void> {
  checkParameters({ timeout }, { timeout: between(0, LONGEST_WAIT) }, 'idle');
  if (await deliveries.idle(AbortSignal.timeout(timeout))) return;
  throw new EmulatorError(
    'NOT_IDLE',
    `Something was still due or under way after ${timeout / 1000} s.`,
    'GET /run-edges/v1/deliveries says what was answered; wait longer, or mend the receiver.',
  );
}

/** @throws EmulatorError SETTING_INVALID */
function checkParameters(given: object, kinds: Kinds, of: string): void {
  checkSettings({ ...given }, { kinds, what: `parameter of ${of}`, code: 'SETTING_INVALID' });
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    name,
    list.map((one) => one.name),
  );
}

function unknownName(name: string, known: readonly string[]): EmulatorError {
  const message = `There is no ${JSON.stringify(name)} here.`;
  return new EmulatorError('UNKNOWN_PRINCIPAL', message, `Known: ${known.join(', ')}.`);
}
