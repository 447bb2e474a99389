import satisfies from 'spdx-satisfies';
import type { Finding } from './finding.ts';
import { ofShipped, pnpm } from './pnpm.ts';

/** May stand in one work with code under Apache-2.0, and asks for no more than to be named. */
const allowed = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
];

/** By licence, as `pnpm licenses list --json` tells it. */
export type Licensed = Readonly<
  Record<string, readonly { readonly name: string; readonly versions: readonly string[] }[]>
>;

/** Whether everything that the apps and the published packages bring along is under a licence that goes with theirs. */
export async function checkLicences(): Promise<Finding> {
  const { ok, stdout, stderr } = await pnpm([...ofShipped, 'licenses', 'list', '--prod', '--json']);
  if (!ok) return { check: 'licences', state: 'bad', lines: [`pnpm licenses: ${stderr.trim() || stdout.trim()}`] };
  return judgeLicences(JSON.parse(stdout));
}

export function judgeLicences(licensed: Licensed): Finding {
  const packages = Object.values(licensed).flat();
  const lines = Object.entries(licensed)
    .filter(([licence]) => !isAllowed(licence))
    .flatMap(([licence, of]) => of.map(({ name, versions }) => `${name} ${versions.join(', ')} is under ${licence}`));
  if (packages.length === 0) return { check: 'licences', state: 'bad', lines: ['no package was found: install first'] };
  if (lines.length > 0) return { check: 'licences', state: 'bad', lines };
  return {
    check: 'licences',
    state: 'good',
    lines: [`${packages.length} packages, ${Object.keys(licensed).join(', ')}`],
  };
}

/** What is no SPDX expression ("SEE LICENSE IN ...", "Unknown") is not allowed. */
function isAllowed(licence: string): boolean {
  try {
    return satisfies(licence, allowed);
  } catch {
    return false;
  }
}
