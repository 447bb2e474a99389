// Runs in a container: what is in the folder of what is to be trusted, whether it can be changed, and what is told of it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Trusted {
  readonly files: readonly string[];
  /** Of those, the ones that hold a private key. */
  readonly keys: readonly string[];
  /** Why nothing can be written there, or nothing. */
  readonly unwritable: string | undefined;
  readonly proxies: readonly string[];
}

const folder = '/trust';
const files = readdirSync(folder).sort();
let unwritable: string | undefined;
try {
  writeFileSync(join(folder, 'mine.pem'), '');
} catch (error) {
  unwritable = (error as NodeJS.ErrnoException).code;
}
const told: Trusted = {
  files,
  keys: files.filter((file) => /PRIVATE KEY/.test(readFileSync(join(folder, file), 'latin1'))),
  unwritable,
  proxies: Object.keys(process.env).filter((name) => /proxy/i.test(name)),
};
console.log(JSON.stringify(told));
