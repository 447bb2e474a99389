import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { EmulatorError } from '../errors.ts';
import { readYaml } from '../internal/read-yaml.ts';
import type { WorkloadIdentityProvider } from './workload-identity.ts';

const NAME = /^[a-z0-9-]{2,32}$/;

/**
 * Reads `workloadIdentityProviders:` from a YAML file. `jwks` is the address of a JWK set, a JSON file that holds one
 * (as seen from the YAML file), or the set itself.
 * @throws EmulatorError PROVIDERS_INVALID
 */
export function readWorkloadIdentityProviders(file: string): WorkloadIdentityProvider[] {
  const invalid = (why: string) =>
    new EmulatorError(
      'PROVIDERS_INVALID',
      `${file} holds no workload identity providers: ${why}.`,
      'Write workloadIdentityProviders: [{ pool: ci, provider: actions, issuer: "https://...", jwks: "https://.../jwks" }].',
    );
  const list = readYaml(file, 'workloadIdentityProviders', invalid);
  if (!Array.isArray(list)) throw invalid('there is no list "workloadIdentityProviders"');
  return list.map((entry: unknown, index) => {
    const at = `entry ${index + 1}`;
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw invalid(`${at} is no mapping`);
    const { pool, provider, issuer, jwks, allowedAudiences, attributes, condition, ...rest } = entry as Record<
      string,
      unknown
    >;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw invalid(`${at} has an unknown key ${JSON.stringify(unknown)}`);
    for (const [key, name] of Object.entries({ pool, provider }))
      if (typeof name !== 'string' || !NAME.test(name)) throw invalid(`the ${key} of ${at} is no name`);
    if (typeof issuer !== 'string' || !URL.canParse(issuer)) throw invalid(`the issuer of ${at} is no URL`);
    if (allowedAudiences !== undefined && !isTexts(allowedAudiences))
      throw invalid(`allowedAudiences of ${at} is no list of texts`);
    if (attributes !== undefined && !isMapping(attributes))
      throw invalid(`attributes of ${at} does not map names to claims`);
    if (condition !== undefined && typeof condition !== 'string') throw invalid(`the condition of ${at} is no text`);
    return {
      pool: `${pool}`,
      provider: `${provider}`,
      issuer,
      jwks: readKeys(jwks, file, (why) => invalid(`jwks of ${at} ${why}`)),
      ...(allowedAudiences === undefined ? {} : { allowedAudiences }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(condition === undefined ? {} : { condition }),
    };
  });
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
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && isTexts(Object.values(value as object))
  );
}
