import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const repository: string = fileURLToPath(new URL('../../../..', import.meta.url));

export const edgesFile: string = join(repository, 'infra', 'edges.yaml');

/** A folder with a copy of the declaration and the same apps, to change the one without touching the other. */
export function copyOfDeclaration(): { folder: string; edit(change: (text: string) => string): void } {
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-e2e-'));
  const file = join(folder, 'infra', 'edges.yaml');
  mkdirSync(join(folder, 'infra'));
  cpSync(edgesFile, file);
  symlinkSync(join(repository, 'apps'), join(folder, 'apps'));
  return { folder, edit: (change) => writeFileSync(file, change(readFileSync(file, 'utf8'))) };
}

/** A folder with a declaration of its own, and for each service an app that is this program. */
export function projectOf(edges: string, apps: Record<string, App>): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-edges-e2e-'));
  mkdirSync(join(folder, 'infra'));
  writeFileSync(join(folder, 'infra', 'edges.yaml'), edges);
  for (const [name, app] of Object.entries(apps)) addApp(folder, name, app);
  return folder;
}

interface App {
  readonly start?: string;
  readonly program?: string;
}

/** Puts an app into such a folder. */
export function addApp(folder: string, name: string, { start = 'node app.js', program }: App): void {
  const app = join(folder, 'apps', name);
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', scripts: { start } }));
  if (program !== undefined) writeFileSync(join(app, 'app.js'), program);
}
