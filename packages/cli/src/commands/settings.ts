import { InvalidArgumentError, Option } from 'commander';
import { parse } from 'yaml';

/** Names and values as an option that may be repeated gathers them. */
export type Settings<T = unknown> = Readonly<Record<string, T>>;

type Gather = (pair: string, before: Settings) => Settings;

/** An option that gathers names and values. */
export function repeated(flags: string, description: string, read: Gather): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(read).default({}, 'none');
}

/** Reads `name=value`. */
export function pairs(read: (text: string) => unknown): Gather {
  return gather(read, (name) => [name]);
}

/** Reads `name=value`; in `a.b=value` the value stands under `b` in `a`. */
export function nested(read: (text: string) => unknown): Gather {
  return gather(read, (name) => name.split('.'));
}

/** Like {@link nested}, for a setting that each service has by itself: `service.NAME=value`. */
export function ofService(read: (text: string) => unknown): Gather {
  return gather(read, (name) => {
    const dot = name.indexOf('.');
    if (dot < 1 || dot === name.length - 1) throw new InvalidArgumentError('It takes service.NAME=value.');
    return [name.slice(0, dot), name.slice(dot + 1)];
  });
}

function gather(read: (text: string) => unknown, pathOf: (name: string) => readonly string[]): Gather {
  return (pair, before) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new InvalidArgumentError('It takes name=value.');
    return put(before, pathOf(pair.slice(0, at)), read(pair.slice(at + 1)));
  };
}

function put(settings: Settings, [name = '', ...below]: readonly string[], value: unknown): Settings {
  if (below.length === 0) return { ...settings, [name]: value };
  const inner = Object.hasOwn(settings, name) ? settings[name] : {};
  return {
    ...settings,
    [name]: put(typeof inner === 'object' && inner !== null ? (inner as Settings) : {}, below, value),
  };
}

/** `true`, numbers and `[a, b]` are what they say, as in YAML; what does not fit the emulator refuses with its mend. */
export function asValue(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new InvalidArgumentError(
      `It takes a value such as true, 500 or [a, b]: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}

export function asText(text: string): string {
  return text;
}

/** One more of an option that may be repeated. */
export function also(read: (text: string) => string) {
  return (text: string, before: readonly string[] = []): readonly string[] => [...before, read(text)];
}
