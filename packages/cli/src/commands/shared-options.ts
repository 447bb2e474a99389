import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { fileFromWhereCalled, fromWhereCalled } from '../npm/called-from.ts';

/** `--edges`, as every command takes it. */
export function edgesOption(): Option {
  return new Option('--edges <file>', 'the declaration')
    .argParser(file)
    .default(existsSync('infra/edges.yaml') || !existsSync('edges.yaml') ? 'infra/edges.yaml' : 'edges.yaml');
}

/** `--target` of a command that wants an emulator: the one that a test was started with, where it was. */
export function targetOption(): Option {
  return new Option('--target <url>', 'the running emulator')
    .argParser(visible('a URL'))
    .env('RUN_EDGES_URL')
    .default('http://127.0.0.1:8080');
}

/** A whole number within bounds, or commander's own message. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^(?:0|[1-9]\d*)$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** Text that a terminal, a shell and a header can hold, or commander's own message. @param what it is: `a region` */
export function visible(what: string, form = /^[^\p{C}\p{Z}]+$/u): (text: string) => string {
  return (text) => {
    if (!form.test(text)) throw new InvalidArgumentError(`It takes ${what}.`);
    return text;
  };
}

export const hostName = visible('an address or a name of a machine', /^[\w.:-]+$/);

const anyPath = visible('a path, without control characters', /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u);

/** The path of a file or a folder, whose name may hold a blank, that is written. */
export function path(text: string): string {
  return fromWhereCalled(anyPath(text));
}

/** The path of one that is read. */
export function file(text: string): string {
  return fileFromWhereCalled(anyPath(text));
}

/** A path of a URL. One with two slashes, or a backslash, would be another host: tokens would go there. */
export const urlPath = visible('a path such as /health/live', /^\/(?![/\\])[!-~]*$/);
