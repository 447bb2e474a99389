import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with an app that runs this program, gone when it is disposed of. */
export async function appFolder(program: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'run-edges-app-'));
  const scripts = { start: `${process.execPath} app.js` };
  await writeFile(join(path, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(join(path, 'app.js'), program);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
