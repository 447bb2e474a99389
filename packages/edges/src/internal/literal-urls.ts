/** Where the gates of `run-edges up` begin: the API has the port before. */
const FIRST_GATE = 8081;

const URLS = /\b(?:https?|wss?):\/\/(\[[\da-f:.]+\]|[^\s/?#:"'<>\\[\]{}|]+)(?::(\d{1,5}))?/gi;

const RUN_APP = /^(?:[-a-z\d]+---)?([-a-z\d]+)-(?:\d+\.[-a-z\d]+|[a-z\d]+-[a-z]{1,4}\.a)\.run\.app$/;

const THIS_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/;

/** A URL that is written out, and the declared service that is meant by it. */
export interface LiteralUrl {
  readonly url: string;
  readonly service: string;
}

/**
 * URLs of declared services, which are right in one place at most: run.app ones of either form, also of a tag; the gate's
 * of `run-edges up`; the container's name.
 * @param services in the order of the file, as gates have their ports
 */
export function literalUrlsIn(value: string, services: readonly string[]): readonly LiteralUrl[] {
  return [...value.matchAll(URLS)].flatMap(([url, host = '', port]) => {
    const service = serviceAt(host.toLowerCase(), port, services);
    return service === undefined ? [] : [{ url, service }];
  });
}

function serviceAt(host: string, port: string | undefined, services: readonly string[]): string | undefined {
  if (THIS_MACHINE.test(host)) return services[Number(port) - FIRST_GATE];
  const name = RUN_APP.exec(host)?.[1] ?? host.replace(/\.container\.internal$/, '');
  return services.includes(name) ? name : undefined;
}
