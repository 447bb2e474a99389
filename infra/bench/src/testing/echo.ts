import { serve } from '../processes/serve.ts';

/** A program for the tests of processes. */
const handlers = {
  pid: () => process.pid,
  echo: (value: { readonly text: string }) => value,
  fail: () => Promise.reject(new Error('as asked')),
  environment: (name: string) => process.env[name],
  crash: () => process.exit(3),
  /** From then on it wants to be killed. */
  resist: () => {
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => undefined);
  },
};
export type EchoHandlers = typeof handlers;

serve(handlers);
