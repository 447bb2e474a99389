// Runs in a container: begins TLS with each of a JSON array, asks there, and prints what became of it.
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

export interface Shaken {
  /** What is connected to. */
  readonly host: string;
  readonly port?: number;
  /** The name in the handshake; by default the host. Empty for none. */
  readonly name?: string;
  readonly protocols?: readonly string[];
  /** Lines of a request. */
  readonly lines: readonly string[];
}

/** What came back, with what was agreed upon, or the code of the error, or silence for 8 s. */
export interface Heard {
  readonly protocol?: string | false | null;
  readonly answer?: string;
  readonly error?: string;
}

function shake({ host, port = 443, name = host, protocols, lines }: Shaken): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ...(name === '' ? { checkServerIdentity: () => undefined } : { servername: name }),
      ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
    });
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve({ error: code }));
    setTimeout(() => socket.destroy(Object.assign(new Error('silence'), { code: 'SILENCE' })), 8_000).unref();
    socket.on('secureConnect', async () => {
      socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
      resolve({ protocol: socket.alpnProtocol, answer: await text(socket) });
    });
  });
}

const all: Shaken[] = JSON.parse(process.argv[2] ?? '[]');
console.log(JSON.stringify(await Promise.all(all.map(shake))));
