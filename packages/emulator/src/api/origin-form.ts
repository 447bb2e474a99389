import type { IncomingMessage } from 'node:http';

/** Where requests for hosts that are not played here end. */
export const NOT_OURS = '/run-edges/not-ours';

/** Google's API hosts, the name that gcloud is given for Cloud Run's, and this machine. */
const OURS = /^(([a-z0-9-]+\.)*(googleapis\.com|emulator\.internal)|localhost|[\d.]+|\[[\da-f:.]+\])(:\d+)?$/i;

/**
 * The path of a request that was sent as to a proxy: `GET http://HOST/PATH`. gcloud writes the region into the host
 * name of Cloud Run's API, which only a proxy can make resolve. Its authority wins over `Host`. RFC 9112 section 3.2.2
 */
export function originForm({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(url) ?? [];
  if (authority === undefined) return url;
  if (!OURS.test(authority)) return NOT_OURS;
  headers.host = authority;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
