import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type AuthClient, gaxios } from 'google-auth-library';
import { isLoopback } from './receiver.ts';

/**
 * HTTP_PROXY and its kin name a proxy for what is elsewhere. It cannot reach this machine, nor its metadata server, and would
 * see their tokens. google-auth-library goes by the variables for everything, Node does with NODE_USE_ENV_PROXY.
 */

type Transporter = AuthClient['transporter'];
type Interceptor = Parameters<Transporter['interceptors']['request']['add']>[0];

/** Makes a client of google-auth-library ask this machine and metadata servers itself. */
export function askLocalsDirectly(client: AuthClient): void {
  client.transporter.interceptors.request.add(LOCALS);
}

/** The same for Google's own client of the metadata server, which asks with what all of the process share. */
export function askMetadataServerDirectly(): void {
  gaxios.instance.interceptors.request.add(METADATA_SERVER);
}

const LOCALS = directlyTo(({ hostname }) => isLoopback(hostname) || isMetadataServer(hostname));
const METADATA_SERVER = directlyTo(({ pathname }) => pathname.startsWith('/computeMetadata/'));

/** Link-local addresses (RFC 3927) are those of the metadata servers of AWS and Azure as well. */
function isMetadataServer(hostname: string): boolean {
  const names = ['metadata.google.internal', 'metadata.google.internal.', '[fd20:ce::254]'];
  return /^169\.254\.\d+\.\d+$/.test(hostname) || names.includes(hostname);
}

function directlyTo(isLocal: (url: URL) => boolean): Interceptor {
  return {
    resolved: async (request) => {
      const { url, agent } = request;
      // An agent of the client's own, for certificates, stays.
      if (isLocal(url) && (agent === undefined || 'proxy' in agent))
        request.agent = url.protocol === 'https:' ? HTTPS : HTTP;
      return request;
    },
  };
}

/** As Node's own but for the variables. */
const OPTIONS = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const;
const HTTP = new HttpAgent(OPTIONS);
const HTTPS = new HttpsAgent(OPTIONS);
