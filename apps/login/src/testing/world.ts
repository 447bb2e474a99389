import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';

/** A server on a free port of this machine, for as long as a test runs. */
export interface Listening extends AsyncDisposable {
  url: string;
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The metadata server of one identity, for google-auth-library. */
export async function startMetadata(email: string): Promise<Listening> {
  const { privateKey } = await generateKeyPair('RS256');
  return listen(async (request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    const audience = /[?&]audience=([^&]*)/.exec(request.url ?? '')?.[1];
    if (!audience) return response.end('{}');
    const token = new SignJWT({
      iss: 'https://accounts.google.com',
      aud: decodeURIComponent(audience),
      email,
      sub: '1',
    });
    return response.end(
      await token
        .setProtectedHeader({ alg: 'RS256', kid: 'a'.repeat(40), typ: 'JWT' })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    );
  });
}

/** A browser as far as cookies go: keeps what it is given and sends it back. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  take(setCookie: string | string[] | undefined): void {
    for (const line of [setCookie ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  clear(): void {
    this.#cookies.clear();
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
