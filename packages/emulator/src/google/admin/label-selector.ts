import { GoogleError } from '../../internal/google-api/google-error.ts';
import { ownEntry } from '../../internal/own-entry.ts';

type Labels = Readonly<Record<string, string>>;

const KEY = String.raw`([\w./-]+)`;
const EQUALS = new RegExp(String.raw`^${KEY}\s*(==?|!=)\s*([\w.-]*)$`);
const AMONG = new RegExp(String.raw`^${KEY}\s+(in|notin)\s*\(([\w.,\s-]*)\)$`, 'i');
const EXISTS = new RegExp(`^(!?)${KEY}$`);
const LONGEST = 2000;

/**
 * Whether labels fit a selector: `a = b`, `a != b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by commas. An empty
 * one fits everything.
 * @throws GoogleError INVALID_ARGUMENT for any other
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function selects(selector: string | undefined, labels: Labels): boolean {
  if (selector === undefined || selector.trim() === '') return true;
  if (selector.length > LONGEST) throw new GoogleError('INVALID_ARGUMENT', 'labelSelector: is too long.');
  // A comma within parentheses is the list's own.
  return selector.split(/,(?![^(]*\))/).every((requirement) => fits(requirement.trim(), labels));
}

function fits(requirement: string, labels: Labels): boolean {
  const [, key = '', operator, value = ''] = EQUALS.exec(requirement) ?? [];
  if (operator !== undefined) return (ownEntry(labels, key) === value) === (operator !== '!=');
  const [, name = '', among, list = ''] = AMONG.exec(requirement) ?? [];
  if (among !== undefined) {
    const values: readonly (string | undefined)[] = list.split(',').map((one) => one.trim());
    return values.includes(ownEntry(labels, name)) === (among.toLowerCase() === 'in');
  }
  const [, not, there] = EXISTS.exec(requirement) ?? [];
  if (there === undefined)
    throw new GoogleError('INVALID_ARGUMENT', `labelSelector: "${requirement}" is not understood.`);
  return Object.hasOwn(labels, there) === (not === '');
}
