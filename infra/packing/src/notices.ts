import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * What the licences of others ask for where their code is passed on: each package that a bundle is made of, with its
 * licence's text and its notice.
 * @param modules files of the bundle
 * @throws Error of a package that has no licence, or no text of it
 */
export function noticesOf(modules: readonly string[]): string {
  const folders = new Set(modules.filter((file) => file.includes('/node_modules/')).map(packageOf));
  const entries = [...folders].map(entryOf).sort(({ title: a }, { title: b }) => a.localeCompare(b, 'en'));
  const unique = new Map(entries.map((entry) => [entry.title, entry.text]));
  const parts = [...unique].map(([title, text]) => `${title}\n${'-'.repeat(title.length)}\n\n${text.trim()}\n`);
  return `This program holds the following packages of others.\n\n${parts.join('\n\n')}`;
}

/** The nearest folder whose package.json names a package: some have more, of other module formats. */
function packageOf(file: string): string {
  let folder = dirname(file);
  while (!isPackage(folder)) folder = dirname(folder);
  return folder;
}

function isPackage(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name !== undefined;
}

function entryOf(folder: string): { title: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
  const text = licenceIn(folder);
  if (license === undefined || !text) throw new Error(`${name} ${version} has no text of a licence.`);
  return { title: `${name} ${version} (${license})`, text };
}

/** Its files of that name, or what its README says under that title. */
function licenceIn(folder: string): string {
  const textOf = (pattern: RegExp) =>
    readdirSync(folder)
      .filter((file) => pattern.test(file))
      .toSorted()
      .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const files = textOf(/^(licen[cs]e|copying|notice)/i);
  return (files.length > 0 ? files : textOf(/^readme/i).map(underLicence)).join('\n\n');
}

function underLicence(readme: string): string {
  return /^#+ *licen[cs]e.*\n([\s\S]*)/im.exec(readme)?.[1]?.trim() ?? '';
}
