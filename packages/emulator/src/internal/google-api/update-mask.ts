import { isRecord } from '../check-settings.ts';
import { camelCase } from './field-names.ts';
import { invalidField } from './google-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The paths of an update mask in camelCase, whichever spelling they came in; undefined where there is no mask.
 * @param known what may be changed; `oidc.issuerUri` for a field of a field
 * @throws GoogleError INVALID_ARGUMENT for a path that is not known
 * @see https://google.aip.dev/161
 */
export function readMask(mask: unknown, known: readonly string[]): readonly string[] | undefined {
  if (mask === undefined || mask === null || mask === '') return undefined;
  if (typeof mask !== 'string') throw invalidField('update_mask', 'It is a text: paths with commas between them.');
  if (mask === '*') return known;
  return mask.split(',').map((path) => {
    const name = camelCase(path.trim());
    if (!known.includes(name))
      throw invalidField('update_mask', `"${path.trim()}" cannot be updated; what can: ${known.join(', ')}.`);
    return name;
  });
}

/** What there is after a change of what the mask names; without one, of whatever the change says. What it leaves out is cleared. */
export function changed<T extends Fields>(before: T, change: Fields, mask: readonly string[] | undefined): T {
  return (mask ?? pathsOf(change)).reduce<Fields>((so, path) => withField(so, change, path.split('.')), before) as T;
}

function pathsOf(change: Fields): string[] {
  return Object.keys(change).filter((name) => change[name] !== undefined);
}

/** The target with the field at the end of the path as the source has it: cleared, where it has none. */
export function withField(target: Fields, source: unknown, [name = '', ...rest]: readonly string[]): Fields {
  const given = isRecord(source) && Object.hasOwn(source, name) ? source[name] : undefined;
  if (rest.length === 0) {
    const { [name]: _before, ...others } = target;
    return given === undefined || given === null ? others : { ...others, [name]: given };
  }
  const inner = target[name];
  return { ...target, [name]: withField(isRecord(inner) ? inner : {}, given, rest) };
}
