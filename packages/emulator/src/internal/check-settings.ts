import { EmulatorError, type EmulatorErrorCode } from '../errors.ts';

/** What a setting may be: true or false, texts, a whole number within bounds, or one of some values. */
export type Kind = 'flag' | 'texts' | { readonly least: number; readonly most: number } | readonly unknown[];
export type Kinds = Readonly<Record<string, Kind>>;

export const between = (least: number, most: number): Kind => ({ least, most });

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
      throw new EmulatorError(
        code,
        `The ${what} ${name} cannot be ${JSON.stringify(value)}.`,
        `It is ${described(kind)}.`,
      );
  }
}

function fits(value: unknown, kind: Kind): boolean {
  if (kind === 'flag') return typeof value === 'boolean';
  if (kind === 'texts') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if ('least' in kind) return Number.isInteger(value) && Number(value) >= kind.least && Number(value) <= kind.most;
  return kind.includes(value);
}

function described(kind: Kind): string {
  if (kind === 'flag') return 'true or false';
  if (kind === 'texts') return 'a list of texts, for example [a, b]';
  return 'least' in kind ? `a whole number from ${kind.least} to ${kind.most}` : kind.join(' or ');
}
