// A service that calls others by @run-edges/auth, with the credentials that its environment gives it.
// Argument: JSON of CallerTask. Prints an array of Outcome.
import { isRunAuthError } from '@run-edges/auth';
import { createServiceClient, type ServiceClientOptions } from '@run-edges/auth/outbound';

export interface CallerTask {
  readonly urls: readonly string[];
  readonly options: Omit<ServiceClientOptions, 'url' | 'source' | 'dispatcher'>;
}

/** A response, or the error in place of one. */
export type Outcome =
  | { readonly status: number; readonly body: string }
  | { readonly name: string; readonly code: string; readonly message: string; readonly mend: string };

async function call(url: string, options: CallerTask['options']): Promise<Outcome> {
  try {
    const response = await createServiceClient({ url, ...options }).fetch('/');
    return { status: response.status, body: await response.text() };
  } catch (error) {
    if (!isRunAuthError(error)) throw error;
    return { ...error, message: error.message };
  }
}

const { urls, options } = JSON.parse(process.argv[2] ?? '{}') as CallerTask;
const outcomes: Outcome[] = [];
for (const url of urls) outcomes.push(await call(url, options));
process.stdout.write(JSON.stringify(outcomes));
