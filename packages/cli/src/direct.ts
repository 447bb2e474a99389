/** What an emulator on this machine is asked by. */
const LOOPBACK = ['127.0.0.1', 'localhost', '::1', '[::1]'];

/**
 * Takes this machine's own addresses out of the proxy that Node uses where NODE_USE_ENV_PROXY is set: it could not reach
 * them, and would see the tokens.
 */
export function askThisMachineDirectly(env: NodeJS.ProcessEnv = process.env): void {
  const before = env.no_proxy || env.NO_PROXY;
  const names = [...(before === undefined || before === '' ? [] : [before]), ...LOOPBACK].join(',');
  env.no_proxy = names;
  env.NO_PROXY = names;
}
