import { inspect } from 'node:util';
import { EmulatorError, type EmulatorErrorCode } from './errors.ts';

/** What a setting may be: true or false, texts, a whole number within bounds, one of some values, or what a test says. */
export type Kind =
  | 'flag'
  | 'texts'
  | { readonly least: number; readonly most: number }
  | { readonly fits: (value: unknown) => boolean; readonly said: string }
  | readonly unknown[];
export type Kinds = Readonly<Record<string, Kind>>;

export const between = (least: number, most: number): Kind => ({ least, most });
export const text: Kind = { fits: (value) => typeof value === 'string' && value !== '', said: 'a text' };
export const call: Kind = { fits: (value) => typeof value === 'function', said: 'a function' };

/** The same, or undefined: not given. */
export const perhaps = (kind: Kind): Kind => ({
  fits: (value) => value === undefined || fits(value, kind),
  said: described(kind),
});

/**
 * Refuses settings that are unknown or of the wrong kind: they come from command lines and over the network.
 * @param what names them, as in "There is no <what> ..."
 * @throws EmulatorError with the code
 */
export function checkSettings(
  given: Readonly<Record<string, unknown>>,
  { kinds, what, code }: { readonly kinds: Kinds; readonly what: string; readonly code: EmulatorErrorCode },
): void {
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined)
      throw new EmulatorError(
        code,
        `There is no ${what} ${JSON.stringify(name)}.`,
        `Known: ${Object.keys(kinds).join(', ')}.`,
      );
    if (!fits(value, kind))
      throw new EmulatorError(code, `The ${what} ${name} cannot be ${shown(value)}.`, `It is ${described(kind)}.`);
  }
}

/** Whatever it is, in a line. */
function shown(value: unknown): string {
  return inspect(value, { depth: 1, maxStringLength: 100, breakLength: Number.POSITIVE_INFINITY });
}

/** `{ name: value }`, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(value: unknown, kind: Kind): boolean {
  if (kind === 'flag') return typeof value === 'boolean';
  if (kind === 'texts') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if ('fits' in kind) return kind.fits(value);
  if ('least' in kind) return Number.isInteger(value) && Number(value) >= kind.least && Number(value) <= kind.most;
  return kind.includes(value);
}

function described(kind: Kind): string {
  if (kind === 'flag') return 'true or false';
  if (kind === 'texts') return 'a list of texts, for example [a, b]';
  if ('fits' in kind) return kind.said;
  return 'least' in kind ? `a whole number from ${kind.least} to ${kind.most}` : kind.join(' or ');
}
