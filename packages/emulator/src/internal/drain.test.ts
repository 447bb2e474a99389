import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { listen } from './listen.ts';

/** A server whose answers begin at once and end when told. */
async function slowServer() {
  const answers: (() => void)[] = [];
  const server = createServer((_request, response) => {
    response.write('begun, ');
    answers.push(() => response.end('ended'));
  });
  const port = await listen(server, '127.0.0.1', 0, 'a slow server');
  const ask = async () => {
    const [response] = await once(get({ host: '127.0.0.1', port }), 'response');
    return text(response);
  };
  return { server, ask, answers };
}

test('a request under way is answered in full, and no other is taken', async () => {
  const { server, ask, answers } = await slowServer();
  const asked = ask();
  await expect.poll(() => answers.length).toBe(1);
  const drained = drain([server], 20_000);
  await expect(ask()).rejects.toThrow('ECONNREFUSED');
  answers[0]?.();
  expect(await asked).toBe('begun, ended');
  await drained;
});

test('what takes longer than the grace is cut', async () => {
  const { server, ask, answers } = await slowServer();
  const asked = ask();
  await expect.poll(() => answers.length).toBe(1);
  await drain([server], 50);
  await expect(asked).rejects.toThrow();
});

test('a server that never listened, or has ended, is no hindrance', async () => {
  const { server } = await slowServer();
  await drain([server, createServer()], 20_000);
  await drain([server], 20_000);
});
