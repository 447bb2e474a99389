import { urlVariable } from '@run-edges/edges';
import { type Cloud, noProxy } from '@run-edges/emulator';

/**
 * What a test is told of a running cloud, beside its own environment:
 * - `<NAME>_URL` of every service, and of every receiver that others own: where its gate is, or its production address;
 * - `RUN_EDGES_URL` and `RUN_EDGES_TOKEN`: the API, and the developer's token, which gives credentials of callers.
 *
 * By production addresses, also what its programs take them by. Nothing else points Google's own tools elsewhere: that is
 * for `run-edges env`.
 */
export function testEnvironment(
  cloud: Pick<Cloud, 'url' | 'developerToken' | 'services' | 'external' | 'urlOf' | 'env'>,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { url, developerToken, services, external } = cloud;
  const production = cloud.env();
  // One of another region has the name of one here.
  const here = [...services, ...external].filter(({ name }) => !name.includes('/'));
  return {
    ...production,
    ...noProxy({ ...env, ...production }, new URL(url).hostname),
    ...Object.fromEntries(here.map(({ name }) => [urlVariable(name), cloud.urlOf(name)])),
    RUN_EDGES_URL: url,
    RUN_EDGES_TOKEN: developerToken,
  };
}
