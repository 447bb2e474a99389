// Runs in a container: sends each request of a JSON array, all at once, and prints what became of it.
import { request } from 'node:http';

export interface Asked {
  readonly host: string;
  readonly port?: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, or the code of the error: nothing listens, no way there, no such name, cut, or silence for 8 s. */
export interface Became {
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
}

function ask({ host, port = 80, path = '/', headers = {} }: Asked): Promise<Became> {
  return new Promise((resolve) => {
    const sent = request({ host, port, path, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    });
    sent.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve({ error: code }));
    setTimeout(() => sent.destroy(Object.assign(new Error('silence'), { code: 'SILENCE' })), 8_000).unref();
    sent.end();
  });
}

const asked: Asked[] = JSON.parse(process.argv[2] ?? '[]');
console.log(JSON.stringify(await Promise.all(asked.map(ask))));
