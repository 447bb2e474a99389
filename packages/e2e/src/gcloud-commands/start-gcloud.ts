import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Output, runProgram } from '../real-clients/run-program.ts';

/** The real gcloud, loaded once. */
export interface Gcloud extends AsyncDisposable {
  /** What it has: `run deploy` and its flags, without those that every command has. */
  readonly commands: Readonly<Record<string, readonly string[]>>;
  /** What one process of gcloud would do and print. */
  run(args: readonly string[]): Promise<Output>;
}

type Message = { readonly commands: Gcloud['commands'] } | (Output & { readonly id: number });

/** @param env of every command; its configuration too */
export async function startGcloud(env: Readonly<Record<string, string>>): Promise<Gcloud> {
  const format = '--format=value(basic.python_location,installation.sdk_root)';
  const { stdout, stderr } = await runProgram({ command: 'gcloud', args: ['info', format], env });
  const [python, sdk] = stdout.trim().split('\t');
  if (python === undefined || sdk === undefined) throw new Error(`gcloud info: ${stdout}${stderr}`);

  const runner = join(import.meta.dirname, 'runner.py');
  const child = spawn(python, [runner, sdk], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const waiting = new Map<number, (output: Output) => void>();
  let id = 0;
  const commands = await new Promise<Gcloud['commands']>((resolve, reject) => {
    child.once('error', reject).once('close', () => reject(new Error('gcloud could not be loaded.')));
    createInterface(child.stdout).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if ('commands' in message) return resolve(message.commands);
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    });
  });
  return {
    commands,
    run(args) {
      const mine = ++id;
      return new Promise((resolve) => {
        waiting.set(mine, resolve);
        child.stdin.write(`${JSON.stringify({ id: mine, args })}\n`);
      });
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
