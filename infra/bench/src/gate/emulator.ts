import { fileURLToPath } from 'node:url';
import { type Cloud, startEmulator } from '@run-edges/emulator';
import { serve } from '../processes/serve.ts';

let cloud: Cloud | undefined;

const handlers = {
  /** Puts the gate before the app; returns its URL and a token of a caller whom it lets in. */
  open: async (app: string): Promise<{ readonly url: string; readonly token: string }> => {
    const edges = fileURLToPath(new URL('edges.yaml', import.meta.url));
    cloud = await startEmulator({ edges, fronts: { caller: app, receiver: app } });
    const { url } = cloud.service('receiver');
    const { status } = await fetch(url);
    if (status !== 403) throw new Error(`The gate answers ${status} to a request without a token.`);
    return { url, token: await cloud.idToken('caller', url) };
  },
};
export type EmulatorHandlers = typeof handlers;

serve(handlers, async () => cloud?.stop());
