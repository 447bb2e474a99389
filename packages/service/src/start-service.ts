import closeWithGrace from 'close-with-grace';
import type { Service } from './create-service.ts';
import { lastWords } from './last-words.ts';

/** Cloud Run kills 10 s after SIGTERM (https://cloud.google.com/run/docs/container-contract#instance-shutdown). */
const GRACE_MS = 8_000;

export interface StartOptions {
  /** Name of the service, for messages from before there is a logger. */
  name: string;
  /** 0 for any free port. */
  port: number;
}

/**
 * Builds a service, listens on all addresses and stays until SIGTERM or SIGINT: then what runs is finished and the
 * exit code is 0. A start that fails says why in one line and ends with exit code 1.
 */
export async function startService(build: () => Promise<Service>, { name, port }: StartOptions): Promise<void> {
  let app: Service | undefined;
  closeWithGrace(
    { delay: GRACE_MS, logger: { error: (reason: unknown) => lastWords(name, String(reason)) } },
    async ({ err, signal }) => {
      if (err) (app?.log ?? console).error({ err }, `${name} ends: nobody caught an error`);
      else app?.log.info(`${name} stops (${signal ?? 'nothing left to do'})`);
      await app?.close();
    },
  );
  try {
    app = await build();
    await app.listen({ port, host: '0.0.0.0', listenTextResolver: (address) => `${name} listens on ${address}` });
  } catch (error) {
    lastWords(name, reasonOf(error, port));
    process.exit(1);
  }
}

function reasonOf(error: unknown, port: number): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'EADDRINUSE') return `port ${port} is taken: stop the other process or set PORT`;
  if (code === 'EACCES') return `port ${port} may not be opened by this user: set PORT to 1024 or above`;
  return `cannot start: ${(message ?? String(error)).split('\n', 1)[0]}`;
}
