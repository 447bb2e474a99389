import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type IsOwnName, notOurName } from '../../internal/own-names.ts';
import { readHost } from '../../run/gate/request-target.ts';
import type { ResolvedGoogleSettings } from '../google-settings.ts';
import type { MetadataFaults } from './metadata-faults.ts';
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

/** A caller that waits for a change and does not say for how long. */
const LONGEST_WAIT_S = 300;

export interface MetadataServerOptions {
  readonly tree: Folder;
  readonly faults: { readonly current: MetadataFaults };
  readonly settings: ResolvedGoogleSettings;
  readonly isOwnName: IsOwnName;
  /** Whether who asks may not be this identity; a refusal is recorded there. */
  readonly refuses: (request: IncomingMessage) => boolean;
}

/**
 * The metadata server as one instance sees it. Its tree holds one identity, so a caller can only be itself.
 * @see https://docs.cloud.google.com/compute/docs/metadata/querying-metadata
 */
export function createMetadataServer(options: MetadataServerOptions): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    request.resume();
    if (options.faults.current.metadataDown) {
      request.socket.destroy();
      return;
    }
    const stranger = strangerIn(request, options);
    if (stranger !== undefined) {
      response.writeHead(stranger.status, { 'content-type': 'text/plain' }).end(stranger.text);
      return;
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    answer(request, options, gone.signal)
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

/** No page in a browser asks a metadata server anything, and none is to reach it under a name of its own; nor who is another. */
function strangerIn(
  request: IncomingMessage,
  { isOwnName, refuses }: MetadataServerOptions,
): { readonly status: number; readonly text: string } | undefined {
  const host = readHost(request);
  if (host === undefined) return { status: 400, text: 'This request is addressed to nobody.\n' };
  if (host !== '' && !isOwnName(host)) return { status: 421, text: `${notOurName(host)}\n` };
  const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
  if (origin !== undefined || site !== 'none')
    return { status: 403, text: 'A metadata server answers no page in a browser.\n' };
  if (refuses(request)) return { status: 403, text: 'This metadata server is for another identity.\n' };
  return undefined;
}

async function answer(
  request: IncomingMessage,
  { tree, faults, settings }: MetadataServerOptions,
  gone: AbortSignal,
): Promise<Answer> {
  const { metadataDelay, metadataStatus } = faults.current;
  if (metadataDelay > 0) await pause(metadataDelay, gone);
  if (metadataStatus > 0) return { status: metadataStatus, type: HTML, body: '' };
  const target = request.url ?? '/';
  const [path = '/', query = ''] = split(target);
  if (request.headers['x-forwarded-for'] !== undefined) return { status: 403, type: HTML, body: forbiddenPage(path) };
  if (path === '/') return { status: 200, type: 'application/text', body: 'computeMetadata/\n' };
  const flavor = request.headers['metadata-flavor'];
  if (flavor === undefined || (flavor !== 'Google' && settings.wrongFlavorStatus === 403))
    return { status: 403, type: HTML, body: forbiddenPage(path) };
  if (flavor !== 'Google') return { status: 404, type: HTML, body: notFoundPage(path) };
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
  const whole = isTrue(params.get('recursive'));
  if (isFolder(node) && !asFolder && !whole) return redirect(request, path);
  const value = show(node, whole, params.get('alt'));
  if (isTrue(params.get('wait_for_change'))) await untilChanged(value, params, gone);
  return value;
}

function show(node: Leaf | Folder, whole: boolean, alt: string | null): Answer {
  if (whole) return alt === 'text' ? text(lines(node).join('')) : json(recursive(node));
  if (isFolder(node)) return text(listing(node));
  if (alt === 'json') return json(node);
  return text(typeof node === 'string' ? node : `${node.join('\n')}\n`);
}

/**
 * Nothing in the tree changes: a caller that knows the newest value, or none, waits until its time is over.
 * @see https://docs.cloud.google.com/compute/docs/metadata/querying-metadata#waitforchange
 */
async function untilChanged({ etag }: Answer, params: URLSearchParams, gone: AbortSignal): Promise<void> {
  const known = params.get('last_etag');
  if (known !== null && known !== etag) return;
  const seconds = Number(params.get('timeout_sec') ?? LONGEST_WAIT_S);
  const bounded = seconds >= 0 && seconds <= LONGEST_WAIT_S ? seconds : LONGEST_WAIT_S;
  await pause(bounded * 1000, gone);
}

/** @param milliseconds for as long as the caller is there */
async function pause(milliseconds: number, gone: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal: gone }).catch(() => undefined);
}

function isTrue(value: string | null): boolean {
  return value?.toLowerCase() === 'true';
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

/** Path and query; a fragment, which Node's client library sends with an audience that has one, is none of either. */
function split(target: string): [string, string] {
  const [whole = ''] = target.split('#', 1);
  const at = whole.indexOf('?');
  return at < 0 ? [whole, ''] : [whole.slice(0, at), whole.slice(at + 1)];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
