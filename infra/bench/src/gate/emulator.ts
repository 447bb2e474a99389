import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import type { Tunnel } from '../load/tunnel.ts';
import { serve } from '../processes/serve.ts';

/** Where a gate is asked, and what of it stands where a peer does the same. */
export interface GateAdmission {
  readonly url: string;
  /** Of the caller that it lets in. */
  readonly token: string;
  /** Of an account that it refuses. */
  readonly strangers: string;
  /** What is checked of the token, and by which keys. */
  readonly audience: string;
  readonly email: string;
  readonly jwksUri: string;
  /** The way to it, where its address is that of production. */
  readonly tunnel?: Tunnel;
}

interface Opening {
  /** URL of the app. */
  readonly app: string;
  readonly addresses: Cloud['addresses'];
}

let cloud: Cloud | undefined;

const handlers = {
  /** Puts the gate before the app. */
  open: async ({ app, addresses }: Opening): Promise<GateAdmission> => {
    const edges = fileURLToPath(new URL('edges.yaml', import.meta.url));
    cloud = await startEmulator({ edges, fronts: { caller: app, receiver: app }, addresses });
    const { url: local } = cloud.service('receiver');
    const { status } = await fetch(local);
    if (status !== 403) throw new Error(`The gate answers ${status} to a request without a token.`);

    const url = cloud.urlOf('receiver');
    const token = await cloud.idToken('caller', url);
    const { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: ca } = cloud.env();
    return {
      url,
      token,
      strangers: await cloud.idToken('receiver', url),
      audience: url,
      email: emailIn(token),
      jwksUri: `${cloud.url}/oauth2/v3/certs`,
      ...(proxy && ca ? { tunnel: { proxy, authority: await readFile(ca, 'utf8') } } : {}),
    };
  },
};
export type EmulatorHandlers = typeof handlers;

function emailIn(token: string): string {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).email;
}

serve(handlers, async () => cloud?.stop());
