import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string | undefined;
  }
}

/** URL of the PostgreSQL server that `.config/postgres.ts` starts for a test run; undefined where there is none to be had. */
export const postgresUrl: string | undefined = inject('postgresUrl');
