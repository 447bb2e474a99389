import { checkDeclaration } from '@run-edges/edges';
import { checkGroups } from '../iam/policies/groups.ts';
import { isMember } from '../iam/policies/policy-problem.ts';
import { checkProvider } from '../iam/pools/read-workload-identity.ts';
import { isDeveloperToken } from '../identity/developer/developer-token.ts';
import {
  between,
  call,
  checkSettings,
  isRecord,
  type Kind,
  type Kinds,
  perhaps,
  text,
} from '../internal/check-settings.ts';
import { EmulatorError } from '../internal/errors.ts';
import { checkLearning } from './check-learning.ts';
import type { EmulatorOptions } from './options.ts';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isUrl = (value: unknown) => isText(value) && /^https?:\/\//.test(value) && URL.canParse(value);

const settings: Kind = { fits: isRecord, said: 'settings by name' };
const byName = (fits: (value: unknown) => boolean, said: string): Kind => ({
  fits: (value) => isRecord(value) && Object.values(value).every(fits),
  said: `${said} by name`,
});
const isTextsByName = (value: unknown) =>
  isRecord(value) && Object.values(value).every((one) => typeof one === 'string');

const port = between(0, 65_535);
const network: Kinds & Readonly<Record<keyof NonNullable<EmulatorOptions['networks']>, Kind>> = {
  port: between(1, 65_535),
  trust: perhaps(text),
};
const DAY_MS = 86_400_000;

const project: Kinds & Readonly<Record<keyof NonNullable<EmulatorOptions['project']>, Kind>> = {
  id: { fits: (value) => isText(value) && /^[a-z][a-z0-9.:-]{0,62}$/.test(value), said: 'a project id' },
  number: { fits: (value) => isText(value) && /^\d{1,19}$/.test(value), said: 'digits, as a text' },
  region: { fits: (value) => isText(value) && /^[a-z0-9-]{1,63}$/.test(value), said: 'a region such as us-central1' },
};

/** An option without a row is an error of the compiler. What is in gate, google and faults is checked where it is read. */
const kinds: Kinds & { readonly [Name in keyof Required<EmulatorOptions>]: Kind } = {
  edges: { fits: (value) => isText(value) || isRecord(value), said: 'a declaration or the path of its file' },
  host: text,
  names: { fits: (value) => Array.isArray(value) && value.every(isText), said: 'a list of host names' },
  port,
  metadataPort: port,
  networks: settings,
  addresses: ['local', 'production'],
  passThrough: 'flag',
  project: settings,
  deployed: 'flag',
  learn: 'flag',
  images: byName(isText, 'folders or addresses'),
  fronts: byName(isUrl, 'addresses such as http://127.0.0.1:9000'),
  env: byName(isTextsByName, 'variables that are texts'),
  gate: settings,
  google: settings,
  groups: { fits: (value) => isText(value) || isRecord(value), said: 'groups and their members, or a file' },
  developerToken: { fits: isDeveloperToken, said: '32 to 1000 printable characters without blanks' },
  owners: {
    fits: (value) => Array.isArray(value) && value.every(isMember),
    said: 'a list of members such as user:ada@example.com',
  },
  faults: settings,
  workloadIdentityProviders: {
    fits: (value) => isText(value) || Array.isArray(value),
    said: 'a list of providers, or a file',
  },
  stateDir: text,
  isolation: ['auto', 'none'],
  startTimeout: between(1, DAY_MS),
  scaleToZero: between(1, DAY_MS),
  stopGrace: between(0, DAY_MS),
  now: call,
  signal: { fits: (value) => value instanceof AbortSignal, said: 'an AbortSignal' },
  onLog: call,
  onFaults: call,
  onWarning: call,
  onState: call,
};

/** @throws EmulatorError SETTING_INVALID, GROUPS_INVALID, PROVIDERS_INVALID; DeclarationError */
export function checkOptions(options: EmulatorOptions): void {
  check({ options }, { options: settings }, 'parameter of startEmulator');
  // One that is undefined is not given.
  check(given(options), kinds, 'option');
  checkLearning(options);
  if (options.networks !== undefined) check({ ...all(network), ...options.networks }, network, 'option networks');
  if (options.passThrough === true && options.addresses !== 'production')
    throw new EmulatorError(
      'SETTING_INVALID',
      'The option passThrough is for production addresses: by local ones nothing stands between programs and the world.',
      'Leave it out, or set addresses to production.',
    );
  if (options.networks?.trust !== undefined && options.addresses !== 'production')
    throw new EmulatorError(
      'SETTING_INVALID',
      'The option networks.trust is for production addresses: by local ones nobody has to trust anything.',
      'Leave it out, or set addresses to production.',
    );
  if (options.passThrough === true && options.networks !== undefined)
    throw new EmulatorError(
      'SETTING_INVALID',
      'The option passThrough is for programs that ask by a proxy: what is on a network of its own has no way out of it.',
      'Leave it out, or give the containers a network that has one.',
    );
  if (options.project !== undefined) check({ ...all(project), ...options.project }, project, 'option project');
  if (typeof options.edges !== 'string') checkDeclaration(options.edges);
  if (isRecord(options.groups)) checkGroups(options.groups, 'groups');
  if (Array.isArray(options.workloadIdentityProviders)) options.workloadIdentityProviders.forEach(checkProvider);
}

function check(values: Readonly<Record<string, unknown>>, kinds: Kinds, what: string): void {
  checkSettings(values, { kinds, what, code: 'SETTING_INVALID' });
}

function given(options: EmulatorOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Every name, so that one that is missing is seen. */
function all(kinds: Kinds): Readonly<Record<string, undefined>> {
  return Object.fromEntries(Object.keys(kinds).map((name) => [name, undefined]));
}
