import { noProxy } from '@run-edges/emulator';

/**
 * Takes this machine's own addresses out of the proxy that Node uses where NODE_USE_ENV_PROXY is set: it could not reach
 * them, and would see the tokens.
 */
export function askThisMachineDirectly(env: NodeJS.ProcessEnv = process.env): void {
  Object.assign(env, noProxy(env, '[::1]'));
}
