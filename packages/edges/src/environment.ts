import { urlVariable } from './identity.ts';
import { withUrls } from './internal/references.ts';
import { invokersOf, mayCall } from './matrix.ts';
import { type Declaration, findService } from './service.ts';

/** Where services are reached and who they are: on a laptop, in containers or in a project. */
export interface Addresses {
  /** Base URL of a service, without a path. */
  urlOf(service: string): string;
  /** E-mail of a service's account. */
  emailOf(service: string): string;
}

/**
 * The environment variables of a service's container:
 * - `SERVICE_URL`: its own URL, the audience of the ID tokens that it accepts.
 * - `<RECEIVER>_URL` for each other service that it may call. The address of any other is not told.
 * - `ALLOWED_CALLERS`: e-mails of the services with an edge to it, joined by commas. Empty when there are none, which
 *   means that nobody may call; absent when the service is public.
 * - what `env` declares, where it is none of these, with the URLs that it names: `${services.NAME.url}` of the service
 *   itself and of those that it may call.
 *
 * @throws {RangeError} when the service is not declared, or its `env` names the URL of another that it may not call.
 */
export function environmentOf(declaration: Declaration, service: string, addresses: Addresses): Record<string, string> {
  for (const name of ['urlOf', 'emailOf'] as const)
    if (typeof addresses?.[name] !== 'function') throw new TypeError(`addresses.${name} must be a function`);
  const own = findService(declaration, service);
  if (own === undefined) {
    const declared = declaration.services.map(({ name }) => name).join(', ');
    throw new RangeError(`${JSON.stringify(service)} is not declared in ${declaration.file}. Declared: ${declared}.`);
  }
  const receivers = declaration.services.filter(({ name }) => name !== service && mayCall(declaration, service, name));
  const declared = Object.entries(own.env).map(([name, value]) => {
    const filled = withUrls(value, ({ written, service: meant = '' }) => {
      if (meant === service || receivers.some(({ name }) => name === meant)) return addresses.urlOf(meant);
      throw new RangeError(
        `${service}: env.${name} holds ${written}, which is not the URL of a service that it may call.`,
      );
    });
    return [name, filled] as const;
  });
  return {
    ...Object.fromEntries(declared),
    SERVICE_URL: addresses.urlOf(service),
    ...Object.fromEntries(receivers.map(({ name }) => [urlVariable(name), addresses.urlOf(name)])),
    ...(own.public ? {} : { ALLOWED_CALLERS: invokersOf(declaration, service).map(addresses.emailOf).join(',') }),
  };
}
