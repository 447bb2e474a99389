import type { Dispatcher } from 'undici';
import { CallError } from '../errors.ts';

/**
 * A dispatcher tells a handler what becomes of a request: by one set of methods up to undici 6 and in the `fetch` of
 * Node 22 to 24, by another from undici 7 on; 7 understands both. Who is told by methods that it has not waits for ever.
 */
interface OlderHandler {
  readonly onConnect: unknown;
  readonly onError?: (error: Error) => void;
}

/** Tells a handler that can only be told in the older way that it does not fit. Returns whether it is one. */
export function refuseOlder(handler: Dispatcher.DispatchHandler): boolean {
  if (handler.onRequestStart !== undefined || !('onConnect' in handler)) return false;
  const { onError } = handler as unknown as OlderHandler;
  onError?.call(
    handler,
    mismatch('The interceptor was called in the way of undici 6, which the `fetch` of Node 24 has kept.'),
  );
  return true;
}

/** What a dispatcher threw or `fetch` rejected with, explained where a handler does not fit. */
export function explainMismatch(error: unknown): unknown {
  const { cause = error } = Object(error) as Error;
  if (cause instanceof CallError) return cause;
  const { code, message } = Object(cause) as Error & { code?: string };
  const isUnfit = code === 'UND_ERR_INVALID_ARG' && /^invalid on\w+ method$/.test(message);
  return isUnfit ? mismatch(`The dispatcher does not fit who calls it (${message}).`, error) : error;
}

function mismatch(what: string, cause?: unknown): CallError {
  return new CallError('RUN_AUTH_UNDICI_MISMATCH', what, cause === undefined ? {} : { cause });
}
