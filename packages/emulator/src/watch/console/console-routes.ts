import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** Where the console is. */
export const CONSOLE_PATH = '/run-edges/console/';

const types = { css: 'text/css', html: 'text/html', js: 'text/javascript', svg: 'image/svg+xml' } as const;
const files: ReadonlySet<string> = new Set([
  'about.js',
  'boxes.js',
  'console.css',
  'decisions.js',
  'developer.js',
  'dom.js',
  'explanation.js',
  'graph.css',
  'graph.js',
  'icon.svg',
  'inspector.js',
  'kinds.js',
  'lines.js',
  'main.js',
  'matrix.css',
  'matrix.js',
  'no-script.css',
  'panning.js',
  'permissions.js',
  'refused.js',
  'roving.js',
  'zoom.js',
]);

/** The page runs its own scripts alone, and talks to this server alone. Nobody frames it. */
const headers = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** A link from elsewhere may lead to the page, which knows nothing by itself. */
const anyOrigin = { config: { anyOrigin: true } };

/** The console: a page about the data under `/run-edges/v1`. @param folder where its files are */
export async function consoleRoutes(app: FastifyInstance, { consoleFolder }: { consoleFolder: URL }): Promise<void> {
  const send = async (file: string) => ({ content: await readFile(new URL(file, consoleFolder)), type: typeOf(file) });

  app.get('/', anyOrigin, (_request, reply) => reply.redirect(CONSOLE_PATH));
  app.get(CONSOLE_PATH.slice(0, -1), anyOrigin, (_request, reply) => reply.redirect(CONSOLE_PATH));
  app.get(CONSOLE_PATH, anyOrigin, async (_request, reply) => {
    const { content, type } = await send('index.html');
    return reply.headers(headers).type(type).send(content);
  });
  app.get<{ Params: { file: string } }>(`${CONSOLE_PATH}:file`, async ({ params: { file } }, reply) => {
    if (!files.has(file)) return reply.callNotFound();
    const { content, type } = await send(file);
    return reply.headers(headers).type(type).send(content);
  });
}

function typeOf(file: string): string {
  const ending = file.slice(file.lastIndexOf('.') + 1);
  return `${types[ending as keyof typeof types]}; charset=utf-8`;
}
