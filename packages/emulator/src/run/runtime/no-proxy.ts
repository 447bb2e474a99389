/** How programs ask for what is on their own machine. */
const THIS_MACHINE = ['127.0.0.1', 'localhost', '::1'];

/** Node wants it so, and Python's httpx refuses to work at all where a name is in brackets: it is there when it is needed. */
const IN_BRACKETS = '[::1]';

/**
 * What keeps programs from asking a proxy for this machine and these hosts, where HTTP_PROXY or its kin is set: it could
 * not reach them, and would see the tokens. What `env` says already stays. Some read one name, some the other.
 */
export function noProxy(
  env: Readonly<Record<string, string | undefined>>,
  ...hosts: readonly string[]
): { readonly NO_PROXY: string; readonly no_proxy: string } {
  const said = (env.no_proxy || env.NO_PROXY || '').split(',').map((name) => name.trim());
  const all = new Set([...said.filter((name) => name !== IN_BRACKETS), ...THIS_MACHINE, ...hosts]);
  const names = [...all].filter((name) => name !== '').join(',');
  return { NO_PROXY: names, no_proxy: names };
}
