import { existsSync } from 'node:fs';

/** A folder of this package: beside that of the sources, of what is built of them, and of a bundle, which has one file. */
export function packageFolder(name: string): URL {
  const places = ['../../', '../'].map((up) => new URL(`${up}${name}/`, import.meta.url));
  return (places.find((place) => existsSync(place)) ?? places[0]) as URL;
}
