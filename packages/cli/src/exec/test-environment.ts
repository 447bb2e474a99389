import { urlVariable } from '@run-edges/edges';
import { type Cloud, noProxy } from '@run-edges/emulator';

/**
 * What a test is told of a running cloud, beside its own environment:
 * - `<NAME>_URL` of every service, and of every receiver that others own: where its gate is;
 * - `RUN_EDGES_URL` and `RUN_EDGES_TOKEN`: the API, and the developer's token, which gives credentials of callers.
 *
 * Nothing points Google's own tools elsewhere: that is for `run-edges env`.
 */
export function testEnvironment(
  { url, developerToken, services, external }: Pick<Cloud, 'url' | 'developerToken' | 'services' | 'external'>,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  // One of another region has the name of one here.
  const here = [...services, ...external].filter(({ name }) => !name.includes('/'));
  return {
    ...noProxy(env, new URL(url).hostname),
    ...Object.fromEntries(here.map((one) => [urlVariable(one.name), one.url])),
    RUN_EDGES_URL: url,
    RUN_EDGES_TOKEN: developerToken,
  };
}
