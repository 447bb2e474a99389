import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { isRecord } from '../../internal/check-settings.ts';
import { EmulatorError } from '../../internal/errors.ts';
import { readYaml } from '../../internal/read-yaml.ts';
import type { WorkloadIdentityProvider } from './workload-identity-provider.ts';

const NAME = /^[a-z0-9-]{2,32}$/;

/**
 * Reads `workloadIdentityProviders:` from a YAML file. `jwks` is the address of a JWK set, a JSON file that holds one
 * (as seen from the YAML file), or the set itself.
 * @throws EmulatorError PROVIDERS_INVALID
 */
export function readWorkloadIdentityProviders(file: string): WorkloadIdentityProvider[] {
  const invalid = invalidIn(file);
  const list = readYaml(file, 'workloadIdentityProviders', invalid);
  if (!Array.isArray(list)) throw invalid('there is no list "workloadIdentityProviders"');
  return list.map((entry: unknown, index) => {
    const at = `entry ${index + 1}`;
    if (!isRecord(entry)) throw invalid(`${at} is no mapping`);
    const rest = { ...entry, jwks: { keys: [] } };
    check(rest, at, invalid);
    return { ...rest, jwks: readKeys(entry.jwks, file, (why) => invalid(`jwks of ${at} ${why}`)) };
  });
}

/** That a program gives a provider. @throws EmulatorError PROVIDERS_INVALID */
export function checkProvider(entry: unknown, index: number): asserts entry is WorkloadIdentityProvider {
  check(entry, `entry ${index + 1}`, invalidIn('The option workloadIdentityProviders'));
}

function invalidIn(where: string): (why: string) => EmulatorError {
  return (why) =>
    new EmulatorError(
      'PROVIDERS_INVALID',
      `${where} holds no workload identity providers: ${why}.`,
      'Write workloadIdentityProviders: [{ pool: ci, provider: actions, issuer: "https://...", jwks: "https://.../jwks" }].',
    );
}

/** What each part of a provider must be. One without a row is an error of the compiler. */
const parts: {
  readonly [Name in keyof Required<WorkloadIdentityProvider>]: readonly [(value: unknown) => boolean, string];
} = {
  pool: [isName, 'is no name'],
  provider: [isName, 'is no name'],
  issuer: [(value) => typeof value === 'string' && URL.canParse(value), 'is no URL'],
  jwks: [(value) => value instanceof URL || isKeySet(value), 'is neither an address nor a JWK set'],
  allowedAudiences: [(value) => value === undefined || isTexts(value), 'is no list of texts'],
  attributes: [(value) => value === undefined || isMapping(value), 'does not map names to claims'],
  groups: [(value) => value === undefined || typeof value === 'string', 'is no name of a claim'],
  condition: [(value) => value === undefined || typeof value === 'string', 'is no text'],
};

function check(entry: unknown, at: string, invalid: (why: string) => Error): asserts entry is WorkloadIdentityProvider {
  if (!isRecord(entry)) throw invalid(`${at} is no mapping`);
  const unknown = Object.keys(entry).find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw invalid(`${at} has an unknown key ${JSON.stringify(unknown)}`);
  for (const [name, [fits, why]] of Object.entries(parts))
    if (!fits(entry[name])) throw invalid(`the ${name} of ${at} ${why}`);
}

function readKeys(jwks: unknown, file: string, invalid: (why: string) => Error): JSONWebKeySet | URL {
  if (isKeySet(jwks)) return jwks;
  if (typeof jwks !== 'string') throw invalid('is neither an address, a file nor a JWK set');
  if (/^https?:\/\//.test(jwks) && URL.canParse(jwks)) return new URL(jwks);
  try {
    const set: unknown = JSON.parse(readFileSync(resolve(dirname(file), jwks), 'utf8'));
    if (isKeySet(set)) return set;
  } catch (error) {
    throw invalid(`cannot be read from ${jwks} (${(error as NodeJS.ErrnoException).code ?? 'no JSON'})`);
  }
  throw invalid(`is no JWK set in ${jwks}`);
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isMapping(value: unknown): value is Record<string, string> {
  return isRecord(value) && isTexts(Object.values(value));
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME.test(value);
}
