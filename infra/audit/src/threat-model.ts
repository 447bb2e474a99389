import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** What a row of the threat model fails to prove. */
export interface Gap {
  readonly line: number;
  readonly row: string;
  readonly why: string;
}

/** A link to a test, as `[title](path)`, or `[title of its describe > title](path)` where the title alone says little. */
const LINK = /\[([^\]]+)\]\(([^)\s]+)\)/g;

/** The rows of a page's tables that name no test, or one that is not there. @param folder what links are relative to */
export function gaps(page: string, folder: string): Gap[] {
  const lines = page.split('\n');
  return lines.flatMap((text, index) => {
    const isRow = text.startsWith('|') && !isRule(text) && !isRule(lines[index + 1] ?? '');
    if (!isRow) return [];
    const row = text.split(/(?<!\\)\|/)[1]?.trim() ?? '';
    return whatIsMissing(text, folder).map((why) => ({ line: index + 1, row, why }));
  });
}

/** How many rows there are, and how many links to tests they have. */
export function count(page: string): { readonly rows: number; readonly links: number } {
  const lines = page.split('\n');
  const rows = lines.filter((text, index) => text.startsWith('|') && !isRule(text) && !isRule(lines[index + 1] ?? ''));
  return { rows: rows.length, links: rows.flatMap((text) => [...text.matchAll(LINK)]).length };
}

function isRule(text: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+$/.test(text);
}

function whatIsMissing(row: string, folder: string): string[] {
  const last = row.split(/(?<!\\)\|/).at(-2) ?? '';
  const links = [...last.matchAll(LINK)];
  if (links.length === 0) return ['it names no test'];
  return links.flatMap(([, title = '', path = '']) => {
    const file = resolve(folder, path);
    if (!/\.(?:test|spec)\.ts$/.test(path)) return [`${path} is no file of tests`];
    if (!existsSync(file)) return [`there is no ${path}`];
    const source = readFileSync(file, 'utf8');
    return title.split(' > ').every((one) => isRun(one, source)) ? [] : [`${path} runs no test "${title}"`];
  });
}

/** Whether a file has a test of this title, or one that cites this fact, which is not skipped. */
function isRun(title: string, source: string): boolean {
  const quoted = ["'", '"', '`'].map((quote) => `${quote}${title}${quote}`);
  const found = quoted.map((text) => source.indexOf(text)).find((at) => at >= 0);
  if (found === undefined) return false;
  const before = source.slice(0, found).trimEnd();
  return before.endsWith('(') && !/\.(?:skip|todo|fails)\($/.test(before);
}
