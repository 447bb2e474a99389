import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from './pages.ts';
import { root } from './pnpm.ts';

/** A fenced block of a page. */
export interface Block {
  /** Path from the root. */
  readonly page: string;
  /** The line of its opening fence, from 1. */
  readonly line: number;
  /** What follows the fence: the language and a mark, such as `sh` or `sh shown`. */
  readonly info: string;
  readonly text: string;
  /** Why it is not run, from a comment that stands right before it: `<!-- not run: WHY -->`. */
  readonly notRun?: string;
  /** Nothing closes it. */
  readonly open?: boolean;
}

const FENCE = /^(?<indent> *)(?<fence>`{3,}|~{3,})(?<info>[^`]*)$/;
const NOT_RUN = /^ *<!-- not run(?: here)?: (.+) -->$/;

/** The blocks of a page, from top to bottom, those within lists, too. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const { indent = '', fence, info = '' } = FENCE.exec(lines[at] ?? '')?.groups ?? {};
    if (fence === undefined) continue;
    const isEnd = (line: string) => new RegExp(`^ *${fence[0]}{${fence.length},} *$`).test(line);
    const length = lines.slice(at + 1).findIndex(isEnd);
    const end = length === -1 ? lines.length : at + 1 + length;
    const text = lines.slice(at + 1, end).map((line) => `${line.replace(new RegExp(`^ {0,${indent.length}}`), '')}\n`);
    const before = lines.slice(0, at).findLast((line) => line.trim() !== '');
    const notRun = NOT_RUN.exec(before ?? '')?.[1];
    blocks.push({
      page,
      line: at + 1,
      info: info.trim(),
      text: text.join(''),
      ...(notRun !== undefined && { notRun }),
      ...(length === -1 && { open: true }),
    });
    at = end;
  }
  return blocks;
}

/** Every block of every page for people. */
export const allBlocks: readonly Block[] = pages.flatMap((page) =>
  blocksOf(page, readFileSync(join(root, page), 'utf8')),
);
