import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createSecureContext, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAuthority } from './authority.ts';
import { type TrustFiles, trustFiles } from './trust-files.ts';

/** A server with a certificate of the authority for whatever name it is asked for. */
let server: Server;
let port: number;
let folder: string;
let trust: TrustFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-edges-authority-clients-'));
  const authority = await openAuthority(folder);
  trust = await (await trustFiles(authority.certificate))(join(folder, 'trust'));
  server = createServer(
    {
      SNICallback: (host, answer) =>
        void authority.sign(host).then(({ cert, key }) => answer(null, createSecureContext({ cert, key })), answer),
    },
    (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'));
    },
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const python = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[3])
with socket.create_connection(('127.0.0.1', int(sys.argv[2]))) as plain:
    context.wrap_socket(plain, server_hostname=sys.argv[1]).close()
`;
const java = `
import javax.net.ssl.*;
class Shake {
  public static void main(String[] args) throws Exception {
    var plain = new java.net.Socket("127.0.0.1", Integer.parseInt(args[1]));
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var socket = (SSLSocket) factory.createSocket(plain, args[0], Integer.parseInt(args[1]), true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
  }
}`;
const go = `package main
import ("crypto/tls"; "crypto/x509"; "fmt"; "os")
func main() {
	pem, _ := os.ReadFile(os.Args[3])
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	_, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[2], &tls.Config{ServerName: os.Args[1], RootCAs: roots})
	if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
}`;

interface Client {
  readonly name: string;
  /** Written before, where it is a program. */
  readonly program?: readonly [file: string, text: string];
  readonly command: (host: string) => readonly [string, ...string[]];
  /** How it says that a certificate is for a name that its authority may not sign for. */
  readonly refuses: RegExp;
}

const clients: readonly Client[] = [
  {
    name: 'curl',
    command: (host) => [
      ...(['curl', '-sS', '--resolve', `${host}:${port}:127.0.0.1`] as const),
      ...['--cacert', trust.bundle, '--noproxy', '*', `https://${host}:${port}/`],
    ],
    refuses: /certificate/,
  },
  {
    name: 'openssl',
    command: (host) => [
      ...(['openssl', 's_client', '-connect', `127.0.0.1:${port}`, '-servername', host] as const),
      ...['-verify_hostname', host, '-verify_return_error', '-CAfile', trust.authority],
    ],
    refuses: /permitted subtree violation/,
  },
  {
    name: 'python3',
    program: ['shake.py', python],
    command: (host) => ['python3', join(folder, 'shake.py'), host, `${port}`, trust.bundle],
    refuses: /permitted subtree violation/,
  },
  {
    name: 'go',
    program: ['shake.go', go],
    command: (host) => ['go', 'run', join(folder, 'shake.go'), host, `${port}`, trust.bundle],
    refuses: /not permitted by any constraint/,
  },
  {
    name: 'java',
    program: ['Shake.java', java],
    command: (host) => [
      ...(['java', `-Djavax.net.ssl.trustStore=${trust.store}`, '-Djavax.net.ssl.trustStoreType=PKCS12'] as const),
      ...[join(folder, 'Shake.java'), host, `${port}`],
    ],
    refuses: /name constraints check failed/,
  },
];

describe.each(clients)('$name', ({ name, program, command, refuses }) => {
  const missing = spawnSync(name, [name === 'go' ? 'version' : '--version']).error !== undefined;

  async function shake(host: string): Promise<{ readonly code: number | null; readonly said: string }> {
    const [file, ...args] = command(host);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 100_000 });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code, said: out + err };
  }
  beforeAll(() => (program === undefined ? undefined : writeFile(join(folder, program[0]), program[1])));

  test.skipIf(missing)('takes a certificate for a permitted name', { timeout: 120_000 }, async () => {
    const { code, said } = await shake('search-100000000001.us-central1.run.app');
    expect(code, said).toBe(0);
  });

  test.skipIf(missing)('refuses one for example.com', { timeout: 120_000 }, async () => {
    const { code, said } = await shake('example.com');
    expect(code, said).not.toBe(0);
    expect(said).toMatch(refuses);
  });
});
