import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { blocksFor } from '@run-edges/audit/block-rules';
import { allBlocks, type Block } from '@run-edges/audit/code-blocks';
import { expect } from 'vitest';
import { freePorts } from '../compose/stack.ts';
import { repository } from '../support/repository.ts';
import { type ReaderFolder, readerFolder, yamlOf } from './reader-folder.ts';
import { notPrinted, runSteps, type Step, stepsOf } from './session.ts';

/** What a page takes for granted. */
export interface Setting {
  /** Where its reader stands. Default `own`: a repository of the reader's own. */
  readonly where?: 'own' | 'clone';
  /** What runs already, in another terminal: the arguments of `run-edges`. */
  readonly runs?: string;
  /** What the reader has typed before. */
  readonly before?: string;
  /** What the reader writes in the place of something: a project's name, for example. */
  readonly instead?: readonly (readonly [page: string | RegExp, here: string])[];
  /** More of the environment. */
  readonly env?: (folder: ReaderFolder) => Readonly<Record<string, string>>;
}

const API = 8080;
/** Ports of the emulator on a page, from 8080 on, and after them those of services of others, from 9000 on. */
const PORTS = 20;
const OTHERS = 9000;

/**
 * Runs every `sh` block of a page from top to bottom in one shell, in a folder that holds the edges.yaml that the page
 * shows, and compares what it prints with what the page says. Nothing of a block is changed but the ports, which are free
 * ones here, and what {@link Setting.instead} names.
 */
export async function runPage(blocks: readonly Block[], setting: Setting = {}): Promise<void> {
  using folder = readerFolder(yamlOf(blocks[0]?.page ?? ''));
  const first = await freePorts(PORTS + 3);
  await using _others = await greeters(first + PORTS, 3);
  const steps = [...before(setting), ...stepsOf(blocks)].map((step) => ({
    ...step,
    commands: inPlace(step.commands, setting, first),
  }));
  const printed = await runSteps(steps, {
    cwd: setting.where === 'clone' ? repository : folder.path,
    env: {
      PATH: [folder.bin, dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder.home,
      NO_COLOR: '1',
      ...npmSettings(),
      PAGE_PORT: `${first}`,
      ...setting.env?.(folder),
    },
    isUp: `grep -q 'Press Ctrl-C' "$log"`,
  });
  const wrong = steps.flatMap(({ at, prints }, index) => {
    const lines = notPrinted(prints, printed[index] ?? '');
    return lines.length === 0 ? [] : [{ at, lines, printed: printed[index] }];
  });
  expect(wrong).toEqual([]);
}

/** What npm is told on this machine: where its registry is, and whom it trusts. */
function npmSettings(): Readonly<Record<string, string | undefined>> {
  const { env } = process;
  const settings = Object.entries(env).filter(([name]) => /^npm_config_|_proxy$|_CERTS?(_|$)|^SSL_/i.test(name));
  return {
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_userconfig: join(homedir(), '.npmrc'),
    ...Object.fromEntries(settings),
    npm_config_update_notifier: 'false',
  };
}

function before({ runs, before }: Setting): readonly Step[] {
  const step = { at: 'before the page', prints: '' };
  return [
    ...(runs === undefined ? [] : [{ ...step, commands: `run-edges ${runs}`, stays: true }]),
    ...(before === undefined ? [] : [{ ...step, commands: before, stays: false }]),
  ];
}

/** The commands with this machine's ports, and the reader's own words. */
function inPlace(commands: string, { instead = [] }: Setting, first: number): string {
  const said = instead.reduce((text, [page, here]) => text.replaceAll(page, here), commands);
  return said
    .replaceAll(/(?<=(?:127\.0\.0\.1|localhost)[:-])80[89]\d/g, (port) => `${first + Number(port) - API}`)
    .replaceAll(/(?<=(?:127\.0\.0\.1|localhost):)900\d/g, (port) => `${first + PORTS + Number(port) - OTHERS}`)
    .replaceAll(/(?<=--port )8080/g, `${first}`)
    .replaceAll(/^npm start$/gm, `npm start -- --port ${first}`)
    .replaceAll(/(?<=run-edges -- (?:up|front)\b)/g, ` --port ${first}`)
    .replaceAll(/(?<=run-edges -- (?:call|env|job|token)\b)/g, ` --target http://127.0.0.1:${first}`);
}

/** Services of others that run already. */
async function greeters(first: number, count: number): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  for (let port = first; port < first + count; port++) {
    const server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  return stack;
}

/** The gcloud that a page tells its reader to have is told to mean the emulator. */
export const gcloudHere = 'eval "$(run-edges env --target http://127.0.0.1:8080)"';

/** The pages whose commands a test has to run, each with all of its blocks. @param test its path from the root */
export function pagesFor(test: string): readonly { readonly page: string; readonly blocks: readonly Block[] }[] {
  const pages = new Set(blocksFor(test).map(({ page }) => page));
  return [...pages].map((page) => ({ page, blocks: allBlocks.filter((block) => block.page === page) }));
}
