import type { Request, RequestHandler } from 'express';
import type { Middleware } from '../guard/middleware.ts';
import type { Exchange } from './exchange.ts';

/** What is used of the entries of a router. */
interface Layer {
  readonly name: string;
  readonly handle: RequestHandler & { readonly stack?: readonly Layer[] };
  /** What it takes of a path, which older routers keep for themselves: there, nothing is found in a router within. */
  match(path: string): { readonly path?: string } | false;
}

/**
 * The middleware of the package `cors` that stands behind a guard in the same router, for the path of a request; told by its
 * name. Where it is not told, preflights are refused.
 */
export function corsBehind(guard: RequestHandler, request: Request): Middleware<Exchange> | undefined {
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const cors = search(stack, guard, request.baseUrl + request.path);
  return cors && (({ request, response }, next) => call(cors, request, response).then(next));
}

function search(stack: readonly Layer[], guard: RequestHandler, path: string): RequestHandler | undefined {
  const at = stack.findIndex(({ handle }) => handle === guard);
  if (at >= 0) return stack.slice(at + 1).find((layer) => layer.name === 'corsMiddleware' && layer.match(path))?.handle;
  for (const layer of stack) {
    const taken = layer.handle.stack && layer.match(path);
    const found = taken && search(layer.handle.stack, guard, path.slice(taken.path?.length) || '/');
    if (found) return found;
  }
  return undefined;
}

/** Settles when the middleware lets go of the request: not when it answers. */
function call(cors: RequestHandler, request: Request, response: Exchange['response']): Promise<void> {
  return new Promise((resolve, reject) => {
    cors(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
}
