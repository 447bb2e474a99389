/** How programs ask for what is on their own machine. */
const THIS_MACHINE = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/**
 * What keeps programs from asking a proxy for this machine and these hosts, where HTTP_PROXY or its kin is set: it could
 * not reach them, and would see the tokens. What `env` says already stays. Some read one name, some the other.
 */
export function noProxy(
  env: Readonly<Record<string, string | undefined>>,
  ...hosts: readonly string[]
): { readonly NO_PROXY: string; readonly no_proxy: string } {
  const said = (env.no_proxy || env.NO_PROXY || '').split(',').map((name) => name.trim());
  const names = [...new Set([...said, ...THIS_MACHINE, ...hosts])].filter((name) => name !== '').join(',');
  return { NO_PROXY: names, no_proxy: names };
}
