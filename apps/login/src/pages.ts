import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import view from '@fastify/view';
import type { Problem, Service } from '@run-edges/service';
import { Eta } from 'eta';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { initialsOf } from './badge.ts';
import { readForms } from './form.ts';
import { formOwner } from './sessions.ts';

/** Beside `src` and `dist`, so that they are found from both. */
const views = fileURLToPath(new URL('../views/', import.meta.url));
const assets = new URL('../assets/', import.meta.url);

const ASSETS = [
  { path: '/assets/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
  { path: '/assets/search.js', file: 'search.js', type: 'text/javascript; charset=utf-8' },
  { path: '/assets/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
].map((asset) => ({ ...asset, content: readFileSync(new URL(asset.file, assets)) }));

/** Changes whenever an asset does, so that browsers may keep them for ever. */
const assetVersion = ASSETS.reduce((hash, { content }) => hash.update(content), createHash('sha256'))
  .digest('base64url')
  .slice(0, 10);

/** Templates, forms, the stylesheet, the script, and the headers that keep pages safe. */
export async function addPages(app: Service, secure: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure,
    xFrameOptions: { action: 'deny' },
  });
  readForms(app);
  await app.register(view, {
    engine: { eta: new Eta({ views, autoEscape: true, cache: true }) },
    templates: views,
    viewExt: 'eta',
    production: true,
    defaultContext: { assetVersion, initialsOf },
  });
  for (const { path, type, content } of ASSETS) {
    app.get(path, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
  }
}

/** Sends a page; `it.page`, `it.signedIn` and `it.csrf` are there for every template. */
export function sendPage(
  reply: FastifyReply,
  template: string,
  data: Record<string, unknown> = {},
): FastifyReply | Promise<FastifyReply> {
  // Absent when the request was refused before anybody looked for a session.
  const session: FastifyRequest['session'] | null = reply.request.session;
  const csrf = session ? reply.generateCsrf({ userInfo: formOwner(session.person) }) : '';
  return reply
    .header('cache-control', 'no-store')
    .view(template, { ...data, page: template, signedIn: session?.person !== undefined, csrf });
}

const EXPLANATIONS: Record<number, { heading: string; text: string }> = {
  400: { heading: 'That did not work', text: 'Something in the address or the form is not valid.' },
  403: { heading: 'This form is out of date', text: 'Go back, reload the page and try again.' },
  404: { heading: 'Not found', text: 'There is nothing at this address, or nobody.' },
  413: { heading: 'Too much', text: 'What was sent is too large.' },
  415: { heading: 'That did not work', text: 'What was sent is not a form of this site.' },
  429: { heading: 'Too many attempts', text: 'Wait a few minutes and try again.' },
  502: { heading: 'The directory refused', text: 'This site may not ask the directory just now. Try again later.' },
  503: { heading: 'Not available just now', text: 'The directory cannot be reached. Try again in a moment.' },
  504: { heading: 'The directory is slow', text: 'It did not answer in time. Try again in a moment.' },
};
const OTHER = { heading: 'Something went wrong', text: 'It has been noted. Try again in a moment.' };

/** The page for an error: what it means to the visitor, never what happened inside. */
export function sendErrorPage(
  problem: Problem,
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | Promise<FastifyReply> {
  const explanation = EXPLANATIONS[problem.status] ?? OTHER;
  return sendPage(reply.code(problem.status), 'error', { ...explanation, faults: faultsOf(problem) });
}

/** What of the input is wrong, for whoever typed the address by hand. */
function faultsOf({ status, detail, code, errors = [] }: Problem): string[] {
  if (status !== 400) return [];
  if (code === 'UNCLEAN_TEXT' && detail) return [`${detail}.`];
  return errors.map((fault) => `${fault.field.split('/').at(-1)} ${fault.detail}.`);
}
