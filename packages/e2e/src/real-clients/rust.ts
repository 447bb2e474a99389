import { join } from 'node:path';
import { type Output, runProgram } from './run-program.ts';
import { cache, clients, findToolchain, type Toolchain } from './toolchain.ts';

const cwd = join(clients, 'rust');
const target = join(cache, 'rust');
/** What nobody steps through is built without what that needs. */
const env = { ...process.env, CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_DEBUG: '0' };

export const rustToolchain: Toolchain = await findToolchain({
  name: 'Rust',
  commands: ['cargo', 'cc'],
  manifests: [join(cwd, 'Cargo.toml'), join(cwd, 'Cargo.lock')],
  install: [{ command: 'cargo', args: ['fetch', '--locked', '--quiet'], cwd, env }],
});

/** A build takes minutes where the cache is empty and the machine busy. Milliseconds. */
export const RUST_BUILD_MS = 1_790_000;

/** Builds the programs of docs/how-to/clients/rust. @throws what the compiler says */
export async function buildRust(): Promise<void> {
  const args = ['build', '--locked', '--offline', '--quiet', '--bins'];
  const { code, stderr } = await runProgram({
    command: 'cargo',
    args,
    cwd,
    env,
    timeout: RUST_BUILD_MS - 10_000,
  });
  if (code !== 0) throw new Error(stderr);
}

export function runRust(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Output> {
  return runProgram({ command: join(target, 'debug', program), args, env, stdin });
}
