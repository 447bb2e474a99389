import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What is deployed or published. The other packages are the workshop, which nobody carries home. */
const shipped = ['./apps/*', './packages/{auth,cli,edges,emulator,service}'];

export interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the pinned pnpm; a command of it that fails is an answer, too. */
export function pnpm(args: readonly string[], folder = root): Promise<Answer> {
  const all = [fileURLToPath(new URL('../../../.config/pnpm.mjs', import.meta.url)), ...args];
  return new Promise((resolve) =>
    execFile(process.execPath, all, { cwd: folder, maxBuffer: 2 ** 26, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout, stderr }),
    ),
  );
}

export const ofShipped = shipped.flatMap((packages) => ['--filter', packages]);
