import type { IncomingMessage } from 'node:http';

/**
 * The path of a request that was sent as to a proxy: `GET http://HOST/PATH`. gcloud writes the region into the host
 * name of Cloud Run's API, which only a proxy can make resolve. Its authority wins over `Host`. RFC 9112 section 3.2.2
 */
export function originForm({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(url) ?? [];
  if (authority === undefined) return url;
  headers.host = authority;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
