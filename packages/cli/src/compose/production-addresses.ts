import { deterministicUrl, environmentOf, mayCall, type Service } from '@run-edges/edges';
import { localProject, networkUrl, playedHosts, runAppHosts, trustEnv, trustFilesIn } from '@run-edges/emulator';
import type { Addresses } from './addresses.ts';
import { ofProject, plainHttpHosts } from './local-addresses.ts';

/** Where containers find what they are to trust: certificates alone. */
const TRUST = '/trust';

const isRunApp = (url: string) => new URL(url).hostname.endsWith('.run.app');

/** Those of Cloud Run and of Google, by https. As there, whoever knows a name may ask for it, and IAM decides. */
export const productionAddresses: Addresses = {
  names(declaration, workload) {
    const { services, external = [] } = declaration;
    const others = external.filter(({ url }) => isRunApp(url)).map(({ url }) => new URL(url).hostname);
    const plain = external.filter(({ name, url }) => !isRunApp(url) && mayCall(declaration, workload, name));
    return [
      ...playedHosts(localProject.region),
      ...services.flatMap(hostsOf),
      ...others,
      ...plain.map((one) => one.name),
    ];
  },
  keysUrl: 'https://www.googleapis.com/oauth2/v3/certs',
  env(declaration, workload) {
    const declared = environmentOf(declaration, workload, {
      urlOf: (other) => deterministicUrl(other, localProject),
      ...ofProject(declaration),
      // No certificate can be for a name of others.
      externalUrlOf: ({ name, url }) => (isRunApp(url) ? url : networkUrl(name, 80)),
    });
    const java = declared.JAVA_TOOL_OPTIONS;
    return {
      ...plainHttpHosts(Object.values(declared)),
      ...declared,
      ...trustEnv(trustFilesIn(TRUST), java === undefined ? [] : [java]),
    };
  },
  flags: ['--addresses', 'production', '--trust', TRUST],
  volumes: (mode) => [`trust:${TRUST}:${mode}`],
  volumeNames: ['trust'],
};

function hostsOf({ name, regions = [] }: Service): readonly string[] {
  const everywhere = new Set([localProject.region, ...regions]);
  return [...everywhere].flatMap((region) => runAppHosts(name, { ...localProject, region }));
}
