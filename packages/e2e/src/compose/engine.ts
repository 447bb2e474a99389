import { delimiter } from 'node:path';
import { type Output, runProgram } from '../real-clients/run-program.ts';

export const BASE_IMAGE = 'node:24-bookworm-slim';

/** What containers are run with here. */
export interface Engine {
  /** How the suite is called: its name, and why it is not run where it cannot be. */
  readonly title: string;
  readonly missing: boolean;
  /** `docker compose`, or the `docker-compose` that was before it. */
  readonly compose: readonly string[];
}

/** An older client with BuildKit in it may stand behind a newer one without. */
const env = {
  ...process.env,
  PATH: ['/usr/bin', process.env.PATH].join(delimiter),
  DOCKER_BUILDKIT: '1',
  COMPOSE_DOCKER_CLI_BUILD: '1',
};

interface RunOptions {
  readonly stdin?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Runs a command, whatever becomes of it. */
export function attempt([command = '', ...args]: readonly string[], options: RunOptions = {}): Promise<Output> {
  return runProgram({ command, args, env, ...options });
}

/** Runs a command that must succeed and gives what it prints. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, options);
  if (code !== 0) throw new Error(`${command.slice(0, 6).join(' ')} ended with ${code}: ${stderr.slice(-2_000)}`);
  return stdout.trim();
}

/** Finds an engine that answers, a compose command and the base image; where one is missing, a line says which. */
export async function findEngine(name: string): Promise<Engine> {
  const works = (...command: readonly string[]) =>
    run(command).then(
      () => true,
      () => false,
    );
  if (!(await works('docker', 'info'))) return missing(name, 'no docker engine answers');
  const compose = (await works('docker', 'compose', 'version')) ? ['docker', 'compose'] : ['docker-compose'];
  if (!(await works(...compose, 'version'))) return missing(name, 'there is neither docker compose nor docker-compose');
  const pulled = async () =>
    (await works('docker', 'image', 'inspect', BASE_IMAGE)) || works('docker', 'pull', BASE_IMAGE);
  if (!(await pulled())) return missing(name, `the image ${BASE_IMAGE} is not here, and no registry gives it`);
  return { title: `${name} (${compose.join(' ')})`, missing: false, compose };
}

function missing(name: string, why: string): Engine {
  const title = `${name} (not run: ${why})`;
  console.warn(title);
  return { title, missing: true, compose: [] };
}
