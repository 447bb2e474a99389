import {
  type Declaration,
  type Addresses as DeclaredAddresses,
  environmentOf,
  mayCall,
  receiversOf,
  serviceAccountEmail,
  sourceOf,
} from '@run-edges/edges';
import { localProject, networkUrl } from '@run-edges/emulator';
import { accountIdOf } from '../deployment/wanted.ts';
import type { Addresses } from './addresses.ts';

const KEYS_HOST = 'www.googleapis.com';
const KEYS_URL = `http://${KEYS_HOST}/oauth2/v3/certs`;

/** Everything by plain http: receivers by their names in the declaration. */
export const localAddresses: Addresses = {
  names: (declaration, workload) => [
    KEYS_HOST,
    ...receiversOf(declaration)
      .map(({ name }) => name)
      .filter((other) => other !== workload && mayCall(declaration, workload, other)),
  ],
  keysUrl: KEYS_URL,
  env(declaration, workload) {
    const declared = environmentOf(declaration, workload, {
      urlOf: (other) => networkUrl(other, 80),
      ...ofProject(declaration),
      externalUrlOf: (receiver) => networkUrl(receiver.name, 80),
    });
    return { ...plainHttpHosts([KEYS_URL, ...Object.values(declared)]), ...declared };
  },
  flags: [],
  volumes: () => [],
  volumeNames: [],
};

/** What the declaration is told of the project that the emulator plays. */
export function ofProject(declaration: Declaration): Pick<DeclaredAddresses, 'emailOf' | 'sourceOf'> {
  const { id, region } = localProject;
  return {
    emailOf: (name) => serviceAccountEmail(accountIdOf(declaration, name), id),
    sourceOf: (sender) => sourceOf(sender, { projectId: id, region }),
  };
}

/** To whom tokens may be sent without TLS. */
export function plainHttpHosts(values: readonly string[]): Record<string, string> {
  const urls = values.filter((value) => /^http:\/\/[\w.-]+(\/|$)/.test(value));
  const hosts = new Set(urls.map((url) => new URL(url).hostname));
  return hosts.size === 0 ? {} : { PLAIN_HTTP_HOSTS: [...hosts].join(',') };
}
