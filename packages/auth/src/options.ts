import { ConfigError } from './errors.ts';

/** What one option must be. Nothing is coerced: a text that reads like a number is a text. */
export interface Rule<Value> {
  /** Completes "NAME must be ...". */
  readonly must: string;
  readonly required: boolean;
  /** The value as it is used from here on, a copy where the caller could still change it; `undefined` when it is wrong. */
  readonly read: (value: unknown) => Value | undefined;
  /** A sentence on a wrong value, where it is one that people give. */
  readonly why?: (value: unknown) => string | undefined;
}

/** A rule for each option: one without a rule does not compile, nor one that must be said and is not asked for. */
export type Rules<Options> = {
  readonly [Name in NameOf<Options>]: undefined extends ValueOf<Options, Name>
    ? Rule<Exclude<ValueOf<Options, Name>, undefined>>
    : Rule<ValueOf<Options, Name>> & { readonly required: true };
};

/** The names of the options, those of every member where they are a union. */
export type NameOf<Options> = Options extends unknown ? keyof Options : never;

type ValueOf<Options, Name> = Options extends unknown ? (Name extends keyof Options ? Options[Name] : never) : never;

/**
 * Checks options: whatever is missing, unknown, of the wrong type or out of range is refused by name. Reads each option
 * once, and only what stands in the object itself: what it inherits (from `Object.prototype`, too) is no option.
 *
 * @throws ConfigError
 */
export function readOptions<Options extends object>(given: unknown, rules: Rules<Options>, group = ''): Options {
  if (!isPlainObject(given)) throw invalid('The options must be a plain object.');
  const unknown = Reflect.ownKeys(given).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw invalid(`${group}${String(unknown)} is not an option.`);
  return readKnown(given, rules, group);
}

/** The same for objects that hold more than what is asked for. */
export function readKnown<Options extends object>(given: object, rules: Rules<Options>, group: string): Options {
  // Without a prototype: an option that is not given must not be found in Object.prototype later either.
  const options: Record<string, unknown> = Object.create(null);
  for (const [name, rule] of Object.entries<Rule<unknown>>(rules)) {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    if (value !== undefined || rule.required) options[name] = check(value, `${group}${name}`, rule);
  }
  return options as Options;
}

/** Checks a value that is not in an object of options. */
export function check<Value>(value: unknown, name: string, rule: Rule<Value>): Value {
  const read = rule.read(value);
  if (read !== undefined) return read;
  throw invalid([`${name} must be ${rule.must}.`, rule.why?.(value)].filter(Boolean).join(' '));
}

/** The same rule, for an option that has no default. */
export function required<Value>(rule: Rule<Value>): Rule<Value> & { readonly required: true } {
  return { ...rule, required: true };
}

/** Any text; which ones are of use is seen when it is used. */
export const TEXT: Rule<string> = one('a text', (value) => typeof value === 'string');

export const FLAG: Rule<boolean> = one('true or false', (value) => typeof value === 'boolean');

/** Hosts as a URL has them, since they are compared with what a URL has. */
export const HOSTS: Rule<readonly string[]> = list(
  'a list of host names, in lower case and without ports',
  (value) => URL.parse(`http://${value}`)?.hostname === value,
);

export function oneOf<const Value extends string>(...values: readonly Value[]): Rule<Value> {
  return one(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as Value));
}

export function textLike(must: string, pattern: RegExp): Rule<string> {
  return one(must, (value) => typeof value === 'string' && pattern.test(value));
}

export function numberFrom(min: number, max: number, unit: string): Rule<number> {
  return one(`a number of ${unit} from ${min} to ${max}`, (value) => inRange(value, min, max));
}

export function wholeNumberFrom(min: number, max: number, unit: string): Rule<number> {
  const must = `a whole number of ${unit} from ${min} to ${max}`;
  return one(must, (value) => inRange(value, min, max) && Number.isInteger(value));
}

/** A list of texts each of which passes: taken as a copy. */
export function list(must: string, passes: (value: string) => boolean): Rule<readonly string[]> {
  const read = (value: unknown): readonly string[] | undefined => {
    if (!Array.isArray(value)) return undefined;
    const copy: unknown[] = Array.from(value);
    return copy.every((each) => typeof each === 'string' && passes(each)) ? (copy as string[]) : undefined;
  };
  return { must, required: false, read };
}

/** An object with these methods, of its own or of its class: not options, but something that does something. */
export function having<Value extends object>(must: string, ...methods: readonly (keyof Value)[]): Rule<Value> {
  const isFunction = (value: unknown): boolean => typeof value === 'function';
  return one(
    must,
    (value) =>
      typeof value === 'object' && value !== null && methods.every((name) => isFunction((value as Value)[name])),
  );
}

/** Options inside of options. */
export function group<Options extends object>(name: string, rules: Rules<Options>): Rule<Options> {
  const read = (value: unknown): Options | undefined =>
    isPlainObject(value) ? readOptions(value, rules, `${name}.`) : undefined;
  return { must: 'a plain object', required: false, read };
}

/** An object literal, or what JSON.parse makes: not an array, a boxed value, or an instance of some class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype, 'hasOwnProperty');
}

export function invalid(what: string): ConfigError {
  return new ConfigError('RUN_AUTH_OPTION_INVALID', what);
}

/** A function; what it takes and gives is left to the compiler. */
export function callback<Call extends (...args: never[]) => unknown>(): Rule<Call> {
  return one('a function', (value) => typeof value === 'function');
}

function one<Value>(must: string, passes: (value: unknown) => boolean): Rule<Value> {
  return { must, required: false, read: (value) => (passes(value) ? (value as Value) : undefined) };
}

function inRange(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}
