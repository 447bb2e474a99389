import type { MetadataFaults } from '../../google/metadata/metadata-faults.ts';
import type { PublicKeyFaults } from '../../google/tokens/public-key-routes.ts';
import { between, checkSettings, type Kind, type Kinds } from '../../internal/check-settings.ts';

/** Things that go wrong on Google's side, on request. All are off by default. */
export interface FaultSettings extends MetadataFaults, PublicKeyFaults {
  /** Seconds until a change of a policy counts at the gate. On Cloud Run it is about 2 minutes, sometimes 7. */
  readonly policyDelay: number;
}

export interface Faults {
  readonly current: FaultSettings;
  /** Changes some settings and leaves the others. @throws EmulatorError FAULT_INVALID; then nothing is changed */
  set(change: Readonly<Record<string, unknown>>): FaultSettings;
  /** Those that are on, as `name=value`. */
  active(): string[];
}

const off: FaultSettings = {
  metadataDelay: 0,
  metadataDown: false,
  metadataStatus: 0,
  rubbishTokens: false,
  certsDown: false,
  clockSkew: 0,
  expiredTokens: false,
  wrongAudience: false,
  policyDelay: 0,
};

const kinds: Kinds & Readonly<Record<keyof FaultSettings, Kind>> = {
  metadataDelay: between(0, 600_000),
  metadataDown: 'flag',
  metadataStatus: between(0, 599),
  rubbishTokens: 'flag',
  certsDown: 'flag',
  clockSkew: between(-86_400, 86_400),
  expiredTokens: 'flag',
  wrongAudience: 'flag',
  policyDelay: between(0, 3600),
};

export function createFaults(initial: Partial<FaultSettings>, onChange: (active: string[]) => void): Faults {
  let current = checked(off, initial);
  const active = () =>
    Object.entries(current)
      .filter(([name, value]) => value !== off[name as keyof FaultSettings])
      .map(([name, value]) => `${name}=${value}`);
  if (active().length > 0) onChange(active());
  return {
    get current() {
      return current;
    },
    active,
    set(change) {
      current = checked(current, change);
      onChange(active());
      return current;
    },
  };
}

function checked(base: FaultSettings, change: Readonly<Record<string, unknown>>): FaultSettings {
  checkSettings(change, { kinds, what: 'fault', code: 'FAULT_INVALID' });
  return { ...base, ...change };
}
