import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AuthClient, PluggableAuthClient } from 'google-auth-library';

/**
 * Makes a program that fetches subject tokens fail by itself. google-auth-library does not listen for one that cannot be
 * started, and does not expect one that is ended by a signal: either would end this process.
 */
export function guardExecutable(client: AuthClient): void {
  if (!(client instanceof PluggableAuthClient)) return;
  // biome-ignore lint/complexity/useLiteralKeys: it is private, and has no other name
  const handler = client['handler'];
  const run = handler.retrieveResponseFromExecutable.bind(handler);
  handler.retrieveResponseFromExecutable = async (variables: Map<string, string>) => {
    // https://nodejs.org/api/diagnostics_channel.html#event-child_process: at once, before the library listens.
    subscribe('child_process', watch);
    try {
      return run(variables);
    } finally {
      unsubscribe('child_process', watch);
    }
  };
}

function watch(message: unknown): void {
  const { process } = message as { readonly process: ChildProcess };
  // One that cannot be started has an exit code below 0 besides, for which the library listens.
  process.on('error', () => {});
  process.once('exit', (code, signal) => {
    if (code !== null) return;
    const closed = process.listeners('close');
    process.removeAllListeners('close');
    process.once('close', () => {
      for (const listener of closed) listener.call(process, `${signal}`);
    });
  });
}
