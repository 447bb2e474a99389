// Runs in a container: prints what is in its image, and what of that looks like a secret.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Contents {
  readonly files: readonly string[];
  /** Names of packages in the bundle, from the source maps. */
  readonly packages: readonly string[];
  /** File, and what was found in it. */
  readonly secrets: readonly string[];
}

const elsewhere = ['/proc', '/sys', '/dev', '/state'];
const kept = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[\w+/=\s]{60}/,
  /_authToken=/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bya29\.[\w-]{40}/,
  /\beyJhbGciOi[\w-]{10,}\.eyJ[\w-]{20,}\.[\w-]{40,}/,
];

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (elsewhere.includes(path)) continue;
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

const files = [...walk('/')];
const sources = files
  .filter((file) => file.endsWith('.map'))
  .flatMap((file): string[] => JSON.parse(readFileSync(file, 'utf8')).sources);
const packages = sources.flatMap((source) => {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
  return name === undefined ? [] : [name];
});
const secrets = files
  .filter((file) => !file.startsWith('/lib') && !file.startsWith('/usr/local/bin'))
  .flatMap((file) => {
    const found = kept.find((pattern) => pattern.test(readFileSync(file, 'latin1')));
    return found === undefined ? [] : [`${file}: ${found}`];
  });
console.log(JSON.stringify({ files, packages: [...new Set(packages)], secrets } satisfies Contents));
