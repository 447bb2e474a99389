import type { Caller } from '../caller.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { isPreflight, type PreflightHeaders } from './preflight.ts';
import type { Refusal } from './refusal.ts';

/** What comes before the handler: it answers, or calls `next`. */
export type Middleware<Context> = (context: Context, next: () => Promise<unknown>) => Promise<unknown>;

/** How a framework has requests and responses. */
export interface Framework<Context> {
  readonly request: (context: Context) => {
    readonly method: string;
    readonly headers: PreflightHeaders;
    readonly rawHeaders: readonly string[];
  };
  /** Makes the caller known to what comes after. */
  readonly welcome: (context: Context, caller: Caller) => void;
  readonly refuse: (context: Context, refusal: Refusal) => void;
}

/** Finds the CORS middleware that stands behind the guard. */
export type FindCors<Context> = (context: Context) => Middleware<Context> | undefined;

/**
 * A guard as middleware. Nothing that stands behind it runs without a token, but for the framework's CORS middleware: that
 * answers a preflight, and adds its headers to refusals, so that a page of another origin can read them.
 */
export function guardWith<Context>(
  keeper: Gatekeeper,
  { request, welcome, refuse }: Framework<Context>,
  findCors: FindCors<Context>,
  callers: ReadonlySet<string> | undefined,
): Middleware<Context> {
  return (context, next) => {
    const { method, headers, rawHeaders } = request(context);
    const turnAway = async (error: unknown): Promise<unknown> => {
      const refusal = keeper.turnAway(error);
      // It would answer any OPTIONS itself.
      const cors = method === 'OPTIONS' ? undefined : findCors(context);
      const turn = async (): Promise<void> => refuse(context, refusal);
      return cors === undefined ? turn() : cors(context, turn);
    };
    const enter = (caller: Caller): Promise<unknown> => {
      welcome(context, caller);
      return next();
    };
    const authenticate = (): Promise<unknown> => keeper.admit(rawHeaders, callers).then(enter, turnAway);
    const cors = isPreflight(method, headers) ? findCors(context) : undefined;
    return cors === undefined ? authenticate() : cors(context, authenticate);
  };
}
