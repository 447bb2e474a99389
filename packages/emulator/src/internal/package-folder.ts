// By the whole: a name that an old Node lacks would fail before that Node is refused in a clear line.
import module from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * A folder of this package, such as `console`: beside its package.json, however deep sources, what is built of them, or a
 * bundle of one file lie.
 */
export function packageFolder(name: string): URL {
  const manifest = module.findPackageJSON(import.meta.url);
  if (manifest === undefined) throw new Error(`There is no package.json above ${import.meta.url}.`);
  return new URL(`${name}/`, pathToFileURL(manifest));
}
