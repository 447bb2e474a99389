import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEdges } from '../support/command-line.ts';
import { repository } from '../support/repository.ts';
import { type Engine, run } from './engine.ts';
import { freePorts, openStack, type Stack } from './stack.ts';

/** The editor and the renderer of Google's tutorial as they are, in containers, by production addresses. */
export interface ProductionStack extends AsyncDisposable {
  readonly stack: Stack;
  /** The gate of a service, from this machine. */
  gate(service: (typeof services)[number]): string;
}

/** In the order of the declaration. */
export const services = ['editor', 'notes', 'renderer'] as const;

/** @param more arguments of `run-edges compose` */
export async function openProductionStack(engine: Engine, ...more: readonly string[]): Promise<ProductionStack> {
  const folder = await mkdtemp(join(tmpdir(), 'run-edges-production-'));
  await cp(join(import.meta.dirname, '..', 'production', 'tutorial'), folder, { recursive: true });
  await run([...engine.compose, '--file', join(repository, 'docker-compose.yml'), 'build', 'emulator'], {
    timeout: 900_000,
  });
  const file = join(folder, 'docker-compose.yml');
  const port = await freePorts(2 * services.length + 2);
  const asked = ['--edges', 'edges.yaml', '--addresses', 'production', '--port', `${port}`, '--output', file];
  const { code, stderr } = await runEdges(['compose', ...asked, ...more], folder).ended;
  if (code !== 0) throw new Error(stderr);
  // The notes know the renderer's address from somewhere else: the declaration gives it to nobody without an edge.
  const url = 'EDITOR_UPSTREAM_RENDER_URL: https://renderer-100000000001.us-central1.run.app';
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('K_SERVICE: notes\n', `K_SERVICE: notes\n      ${url}\n`));
  const stack = await openStack(engine, { file, folder, services: ['emulator'], api: `http://127.0.0.1:${port}` });
  return {
    stack,
    gate: (service) => `http://127.0.0.1:${port + 1 + services.indexOf(service)}`,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
