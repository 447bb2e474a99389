/** What login answered, as a browser would have it. */
export interface Page {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/** Somebody at a browser, with cookies and without the browser. */
export interface Visitor {
  see(path: string, signal: AbortSignal): Promise<Page>;
  send(path: string, form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Page>;
}

export function visitor(origin: string): Visitor {
  const cookies = new Map<string, string>();
  const ask = async (path: string, init: RequestInit): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${origin}${path}`, { redirect: 'manual', headers: { cookie }, ...init });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return { status: response.status, location: response.headers.get('location'), body: await response.text() };
  };
  return {
    see: (path, signal) => ask(path, { signal }),
    send: (path, form, signal) => ask(path, { method: 'POST', body: new URLSearchParams(form), signal }),
  };
}

/** The value of a field in a page's form. */
export function fieldOf({ body }: Page, name: string): string {
  const text = new RegExp(`<textarea [^>]*\\bid="${name}"[^>]*>\\s*([^<]*)</textarea>`).exec(body)?.[1];
  return text ?? new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(body)?.[1] ?? '';
}

/** A call that was not answered as it should be. */
export class FailedCall extends Error {
  override name = 'FailedCall';
}

export function must(page: Page, holds: boolean, what: string): void {
  if (!holds) throw new FailedCall(`${what}: ${page.status} ${page.location ?? ''}`);
}
