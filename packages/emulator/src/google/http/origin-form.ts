import type { IncomingMessage } from 'node:http';
import { isGooglesElsewhere } from '../../internal/google-hosts.ts';
import type { IsOwnName } from '../../internal/own-names.ts';

/** Where requests for hosts that are not played here end. */
export const NOT_OURS = '/run-edges/not-ours';

/**
 * The path of a request that was sent as to a proxy: `GET http://HOST/PATH`. gcloud writes the region into the host
 * name of Cloud Run's API, which only a proxy can make resolve. Its authority wins over `Host`. RFC 9112 section 3.2.2
 */
export function originForm(
  { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  isOwnName: IsOwnName,
): string {
  const [, name, port = '', rest = ''] = /^https?:\/\/([^/?#@:]+|\[[\da-f:.]+\])(:\d*)?([/?].*)?$/i.exec(url) ?? [];
  if (name === undefined) return url;
  if (!isOwnName(name) || isGooglesElsewhere(name)) return NOT_OURS;
  headers.host = name + port;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
