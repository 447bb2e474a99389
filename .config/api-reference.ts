import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Prints every export of a package as Markdown, from the docstrings in the declarations that the compiler emits:
 *
 *     node .config/api-reference.ts FOLDER NAME MADE_BY MODULE...
 *
 * A module is a subpath, `index` for none; they stand in the order in which they are read.
 */
const [root = '', name = '', madeBy = '', ...modules] = process.argv.slice(2);
const declarations = mkdtempSync(join(tmpdir(), 'run-edges-declarations-'));
try {
  const compiler = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', declarations];
  execFileSync(compiler, options, { cwd: root });
  const rendered = modules.map((module) => renderModule(declarations, module));
  process.stdout.write(`# Reference of ${name}\n\nMade from the docstrings by ${madeBy}.\n\n${rendered.join('\n')}`);
} finally {
  rmSync(declarations, { recursive: true });
}

function renderModule(folder: string, module: string): string {
  const text = readFileSync(join(folder, `${module}.d.ts`), 'utf8');
  const subpath = module === 'index' ? name : `${name}/${module}`;
  const intro = plain(/\/\*\*([\s\S]*?)@module/.exec(text)?.[1] ?? '');
  const sections = [...exportsOf(text)].map(([symbol, file]) =>
    renderSymbol(join(folder, dirname(module), file), symbol),
  );
  return `## ${subpath}\n\n${intro === '' ? '' : `${intro}\n\n`}${sections.join('\n')}`;
}

/** Every exported name with the declaration file that it comes from, in the order of the source. */
function* exportsOf(text: string): Generator<[string, string]> {
  for (const [, names = '', file = ''] of text.matchAll(/export (?:type )?\{([^}]+)\} from '([^']+)\.ts'/g))
    for (const name of names.split(','))
      if (name.trim() !== '') yield [name.replace(/\btype\b/, '').trim(), `${file}.d.ts`];
}

function renderSymbol(path: string, symbol: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  const start = lines.findIndex((line) => new RegExp(`^export (?:declare )?\\w+ ${symbol}\\b`).test(line));
  if (start < 0) throw new Error(`${symbol} is not declared in ${path}.`);
  // A declaration ends with the first line that closes it at the margin.
  const length = lines.slice(start).findIndex((line) => /^\S.*;$|^\}|^\};$/.test(line)) + 1;
  const code = lines
    .slice(start, start + length)
    .join('\n')
    .replace('export declare ', 'export ');
  return `### ${symbol}\n\n${docsBefore(lines, start)}\`\`\`ts signature\n${code}\n\`\`\`\n`;
}

function docsBefore(lines: readonly string[], start: number): string {
  if (lines[start - 1]?.trimEnd().endsWith('*/') !== true) return '';
  let first = start - 1;
  while (!lines[first]?.startsWith('/**')) first -= 1;
  const text = plain(
    lines
      .slice(first, start)
      .join('\n')
      .replace(/^\/\*\*|\*\/$/g, ''),
  );
  return `${text.replace(/@example\n/g, '\nExample:\n\n').replace(/@throws /g, 'Throws ')}\n\n`;
}

/** A docstring's text: without its asterisks, with links as code. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .trim();
}
