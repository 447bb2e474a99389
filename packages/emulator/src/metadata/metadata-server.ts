import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from '../faults/faults.ts';
import { forbiddenPage, notFoundPage } from './pages.ts';
import { type Folder, findNode, isFolder, type Leaf, lines, listing, type Made, recursive } from './tree.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly location?: string;
  readonly etag?: string;
}

const HTML = 'text/html; charset=UTF-8';
const PREFIX = '/computeMetadata/v1';

/**
 * The metadata server as one instance sees it. Its tree holds one identity, so a caller can only be itself.
 * @see https://docs.cloud.google.com/compute/docs/metadata/querying-metadata
 */
export function createMetadataServer(tree: Folder, faults: Faults): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    request.resume();
    if (faults.current.metadataDown) {
      request.socket.destroy();
      return;
    }
    answer(request, tree, faults)
      .catch((): Answer => ({ status: 404, type: HTML, body: notFoundPage('') }))
      .then(({ status, type, body, location, etag }) => {
        response.writeHead(status, {
          'metadata-flavor': 'Google',
          server: 'Metadata Server for Serverless',
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'x-xss-protection': '0',
          'x-frame-options': 'SAMEORIGIN',
          ...(location === undefined ? {} : { location }),
          ...(etag === undefined ? {} : { etag }),
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
}

async function answer(request: IncomingMessage, tree: Folder, faults: Faults): Promise<Answer> {
  const { metadataDelay, metadataStatus } = faults.current;
  if (metadataDelay > 0) await delay(metadataDelay);
  if (metadataStatus > 0) return { status: metadataStatus, type: HTML, body: '' };
  const target = request.url ?? '/';
  const [path = '/', query = ''] = split(target);
  if (request.headers['x-forwarded-for'] !== undefined) return { status: 403, type: HTML, body: forbiddenPage(path) };
  if (path === '/') return { status: 200, type: 'application/text', body: 'computeMetadata/\n' };
  if (request.headers['metadata-flavor'] !== 'Google') return { status: 403, type: HTML, body: forbiddenPage(path) };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, type: HTML, body: notFoundPage(path) };
  if (path === '/computeMetadata' || path === PREFIX) return redirect(request, path);
  if (path === '/computeMetadata/') return { status: 200, type: 'application/text', body: 'v1/\n' };
  if (!path.startsWith(`${PREFIX}/`)) return { status: 404, type: HTML, body: notFoundPage(path) };

  const below = path.slice(PREFIX.length + 1);
  const asFolder = below === '' || below.endsWith('/');
  const node = findNode(
    tree,
    below
      .split('/')
      .filter((segment) => segment !== '')
      .map(decode),
  );
  if (node === undefined || (asFolder && !isFolder(node as Leaf | Folder)))
    return { status: 404, type: HTML, body: notFoundPage(path) };
  if (typeof node === 'function') return (await node(new URLSearchParams(plusKept(query)))) satisfies Made;

  const params = new URLSearchParams(query);
  if (params.get('recursive')?.toLowerCase() === 'true')
    return params.get('alt') === 'text' ? text(lines(node).join('')) : json(recursive(node));
  if (isFolder(node)) return asFolder ? text(listing(node)) : redirect(request, path);
  if (params.get('alt') === 'json') return json(node);
  return text(typeof node === 'string' ? node : `${node.join('\n')}\n`);
}

function text(body: string): Answer {
  return { status: 200, type: 'application/text', body, etag: etagOf(body) };
}

function json(value: unknown): Answer {
  const body = JSON.stringify(value);
  return { status: 200, type: 'application/json', body, etag: etagOf(body) };
}

/** 16 hex digits that change with the value. */
function etagOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

function redirect(request: IncomingMessage, path: string): Answer {
  return {
    status: 301,
    type: 'text/html',
    body: `${path}/\n`,
    location: `http://${request.headers.host ?? 'metadata.google.internal'}${path}/`,
  };
}

/** Node's client library writes the audience into the query as it is: a `+` there means itself. */
function plusKept(query: string): string {
  return query.replaceAll('+', '%2B');
}

function split(target: string): [string, string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
