import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';

/** `--edges`, as every command takes it. */
export function edgesOption(): Option {
  return new Option('--edges <file>', 'the declaration').default(
    existsSync('infra/edges.yaml') || !existsSync('edges.yaml') ? 'infra/edges.yaml' : 'edges.yaml',
  );
}

/** A whole number within bounds, or commander's own message. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
    return value;
  };
}
