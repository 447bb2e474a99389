// The emulator as a process of its own, which starts the apps as `npm start` does, and is told what to do by messages.
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startEmulator } from '@run-edges/emulator';
import { type Command, type Message, monotonic } from './protocol.ts';

const [edges = '', stateDir = '', control = '', env = '{}'] = process.argv.slice(2);
const INVOKER = 'roles/run.invoker';
// Opened once: it is written to also when there is no file descriptor left.
const logFile = openSync(join(control, 'log'), 'a');
const log = (line: string) => void writeSync(logFile, `${new Date().toISOString()} ${line}\n`);
// Who started this may end at any moment; that it did is told by `disconnect`.
const send = (message: Message) => process.connected && process.send?.(message, () => undefined);

const cloud = await startEmulator({
  edges,
  stateDir,
  env: JSON.parse(env),
  onLog: ({ service, line }) => log(`${service}: ${line}`),
  onState: ({ service, state }) => log(`${service} is ${state}`),
  onFaults: (active) => log(`faults: ${active.join(' ')}`),
});
cloud.decisions.onDecision(({ caller, receiver, path, status, rule, reason }) => {
  send({ seen: { at: monotonic(), caller, receiver, path, status, rule, reason } });
});

const locks = new Map<string, DatabaseSync>();
const filler = join(stateDir, 'filler');

async function obey(command: Command): Promise<string | undefined> {
  switch (command.do) {
    case 'faults':
      cloud.faults.set(command.change);
      return;
    case 'rotate':
      return void (await cloud.rotateKeys({ withdraw: command.withdraw }));
    case 'grant':
    case 'revoke': {
      const member = `serviceAccount:${cloud.service(command.caller).listed().serviceAccount}`;
      cloud.policies[command.do](`services/${command.receiver}`, INVOKER, member);
      return;
    }
    case 'token':
      return cloud.idToken(command.caller, cloud.service(command.receiver).url);
    case 'fill':
      return fill();
    case 'free':
      return rmSync(filler, { force: true }) as undefined;
    case 'lock': {
      const file = new DatabaseSync(join(stateDir, command.service, `${command.service}.sqlite`));
      file.exec('BEGIN IMMEDIATE');
      locks.set(command.service, file);
      return;
    }
    case 'unlock':
      locks.get(command.service)?.close();
      return;
    case 'tell':
      return;
  }
}

/** Down to the last byte; the databases have no room left from before in the files of what they write next. */
function fill(): undefined {
  for (const { name } of cloud.services) {
    const path = join(stateDir, name, `${name}.sqlite`);
    if (!existsSync(path)) continue;
    using database = new DatabaseSync(path, { timeout: 1_000 });
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  const file = openSync(filler, 'w');
  try {
    for (let size = 2 ** 20; size >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch {
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}

process.on('message', async ({ id, command }: { id: number; command: Command }) => {
  try {
    const value = await obey(command);
    send({ answer: id, ...(value !== undefined && { value }) });
  } catch (error) {
    send({ answer: id, error: String(error) });
  }
});
process.on('disconnect', () => void cloud.stop().finally(() => process.exit()));

send({ started: Object.fromEntries(cloud.services.map(({ name, url }) => [name, url])) });
