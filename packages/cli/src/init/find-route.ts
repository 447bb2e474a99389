import type { Line } from './code-of.ts';

/** A path that a service answers for without more, and where it says so. */
export interface Route {
  readonly path: string;
  readonly from: string;
}

/** Routes of GET in the usual frameworks: Express, Hono, Koa, Fastify, FastAPI, Flask, Go, Spring. */
const ROUTES = [
  /\.get\(\s*['"`](\/[^'"`:{*$<]*)['"`]\s*,/,
  /@\w+\.(?:get|route)\(\s*['"](\/[^'"{<]*)['"]/,
  /\.HandleFunc\(\s*"(?:GET )?(\/[^"{]*)"/,
  /@GetMapping\(\s*(?:value\s*=\s*)?"(\/[^"{]*)"/,
];
/** Where health is asked, first; any other may want more than an identity. */
const HEALTH = /^\/(?:health|ready|live|ping|status|up|version)/;

/** None that Cloud Run keeps for itself. */
export function findRoute(code: readonly Line[]): Route | undefined {
  const routes = code.flatMap(({ file, line, text }): Route[] => {
    const path = ROUTES.map((route) => route.exec(text)?.[1]).find((one) => one !== undefined);
    return path === undefined || path.endsWith('z') || !/^\/[\w./-]*$/.test(path)
      ? []
      : [{ path, from: `${file}:${line}` }];
  });
  return routes.find(({ path }) => HEALTH.test(path)) ?? routes.find(({ path }) => path === '/') ?? routes[0];
}
