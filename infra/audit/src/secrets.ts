import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '@secretlint/node';
import type { Finding } from './finding.ts';
import { root } from './pnpm.ts';

/** Pictures hold no text. */
const PICTURE = /\.(?:png|ico|woff2)$/;

/**
 * Whether what is committed, or about to be, holds a key, a token or a password. Tests make their keys when they run:
 * there is no exception to be kept, and one that is needed stands beside its line as `secretlint-disable-line` with the
 * reason.
 */
export async function checkSecrets(folder = root): Promise<Finding> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: folder, encoding: 'utf8' }).split('\0');
  const files = listed.split('\0').filter((file) => file !== '' && !PICTURE.test(file) && !deleted.includes(file));
  const preset = fileURLToPath(import.meta.resolve('@secretlint/secretlint-rule-preset-recommend'));
  const engine = await createEngine({
    cwd: folder,
    color: false,
    formatter: 'json',
    maskSecrets: true,
    configFileJSON: { rules: [{ id: preset }] },
  });
  const { output } = await engine.executeOnFiles({ filePathList: files.map((file) => join(folder, file)) });
  const results: { filePath: string; messages: { message: string; loc: { start: { line: number } } }[] }[] =
    JSON.parse(output);
  const lines = results.flatMap(({ filePath, messages }) =>
    messages.map(({ message, loc }) => `${relative(folder, filePath)}:${loc.start.line}: ${message.split('\n')[0]}`),
  );
  if (lines.length > 0) return { check: 'secrets', state: 'bad', lines };
  return { check: 'secrets', state: 'good', lines: [`none in ${results.length} files`] };
}
