import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';

/** Runs a service of a few lines in a process of its own, from its sources. */
function run(build: string, env: Record<string, string>) {
  const script = `
    import { createService } from ${JSON.stringify(new URL('./create-service.ts', import.meta.url).href)};
    import { startService } from ${JSON.stringify(new URL('./start-service.ts', import.meta.url).href)};
    await startService(async () => { ${build} }, { name: 'notes', port: Number(process.env.PORT) });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: { severity: string; message: string }[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(JSON.parse(line)));
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stderr }));
  return { child, lines, ended, firstLine: once(reader, 'line') };
}

const ordinary = "return createService({ name: 'notes' });";

describe('startService', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s lets a running request finish and ends with 0', async (signal) => {
    const started = run(
      `const app = createService({ name: 'notes' });
       let open = true;
       app.addHook('onClose', async () => { open = false; });
       app.get('/slow', async () => { process.kill(process.pid, '${signal}'); await new Promise((r) => setTimeout(r, 200)); return open ? 'done' : 'its store was closed'; });
       return app;`,
      { PORT: '0' },
    );
    await started.firstLine;
    const address = /http:\S+/.exec(started.lines[0]!.message)![0];
    const answer = await fetch(`${address}/slow`);
    expect(await answer.text()).toBe('done');
    expect(await started.ended).toEqual({ code: 0, stderr: '' });
    expect(started.lines.map((line) => line.message)).toContain(`notes stops (${signal})`);
  });

  test('a taken port is one line and exit code 1', async () => {
    const other = createServer().listen(0, '0.0.0.0');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const started = run(ordinary, { PORT: String(port) });
    expect(await started.ended).toEqual({ code: 1, stderr: '' });
    other.close();
    expect(started.lines).toEqual([
      expect.objectContaining({
        severity: 'CRITICAL',
        message: `notes: port ${port} is taken: stop the other process or set PORT`,
      }),
    ]);
  });

  test('a build that throws is one line and exit code 1', async () => {
    const started = run("throw new Error('unable to open database file\\nand more');", { PORT: '0' });
    expect(await started.ended).toEqual({ code: 1, stderr: '' });
    expect(started.lines.map((line) => line.message)).toEqual(['notes: cannot start: unable to open database file']);
  });

  test('an error that nobody catches ends the process with 1, logged', async () => {
    const started = run(`setTimeout(() => { throw new Error('boom'); }, 50); ${ordinary}`, { PORT: '0' });
    expect(await started.ended).toEqual({ code: 1, stderr: '' });
    expect(started.lines).toContainEqual(
      expect.objectContaining({ severity: 'ERROR', err: expect.objectContaining({ message: 'boom' }) }),
    );
  });
});
