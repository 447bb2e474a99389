import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, type Program, runProgram } from '../real-clients/run-program.ts';
import { run } from './engine.ts';
import type { Inspected } from './stack.ts';

/** Root alone enters a network, and Linux alone has them. */
export const mayEnterNetworks: boolean = process.platform === 'linux' && process.getuid?.() === 0;

/** Where names are asked is a file of the machine, which is another one there. */
const SCRIPT = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

export interface InNetwork extends Omit<Program, 'env'> {
  /** Those of the container that tell what to trust are added, with files of this machine. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a program of this machine in the network namespace of a container, as if it stood in its image. */
export async function runInNetworkOf(container: Inspected, { command, args = [], ...how }: InNetwork): Promise<Output> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-network-'));
  try {
    const [names, bundle] = [join(folder, 'resolv.conf'), join(folder, 'bundle.pem')];
    const read = (file: string) => run(['docker', 'exec', container.Id, 'cat', file]);
    await writeFile(names, `${await read('/etc/resolv.conf')}\n`);
    await writeFile(bundle, `${await read('/trust/bundle.pem')}\n`);
    const enter = [
      '--target',
      `${container.State.Pid}`,
      '--net',
      'unshare',
      '--mount',
      'sh',
      '-c',
      SCRIPT,
      'sh',
      names,
    ];
    const env = { ...how.env, HOME: folder, REQUESTS_CA_BUNDLE: bundle, SSL_CERT_FILE: bundle };
    return await runProgram({ ...how, command: 'nsenter', args: [...enter, command, ...args], env });
  } finally {
    await rm(folder, { recursive: true });
  }
}
