import { type Caller, callersOf, findCaller } from './callers.ts';
import type { Declaration, ExternalReceiver, Sender, Workload } from './declaration.ts';
import { invokersOf, mayCall } from './grants.ts';
import { audienceVariable, type SenderFact, senderVariable, serviceAccountEmail, urlVariable } from './identity.ts';
import { withUrls } from './internal/references.ts';
import { findService } from './receivers.ts';

/** Where services are reached and who they are: on a laptop, in containers or in a project. */
export interface Addresses {
  /** Base URL of a service, without a path. */
  urlOf(service: string): string;
  /** E-mail of the account that a caller of this project runs as, or acts as. */
  emailOf(caller: string): string;
  /** Where a receiver of others is reached instead, for example at a stand-in. Default: its own URL. */
  externalUrlOf?(receiver: ExternalReceiver): string;
  /** The full name of a sender's topic or queue, for those who make it call. Default: it is not told. */
  sourceOf?(sender: Sender): string | undefined;
}

/**
 * The environment variables of a caller's container:
 * - `SERVICE_URL`: a service's own URL, the audience of the ID tokens that it accepts.
 * - `<RECEIVER>_URL` for each other that it may call. The address of any other is not told.
 * - `<RECEIVER>_AUDIENCE` for each that others own, where the audience is not the URL.
 * - `ALLOWED_CALLERS`: of a service, e-mails of those with an edge to it, joined by commas. Empty when there are none, which
 *   means that nobody may call; absent when the service is public. `*` where a group or a domain has an edge: no token says
 *   who belongs to one, so that the gate alone can tell.
 * - of each sender whose receiver it is, `<SENDER>_ACCOUNT`: the e-mail in its ID tokens.
 * - of each sender that it makes call, `<SENDER>_TOPIC`; or, of a queue, what a task must say: `<SENDER>_QUEUE`,
 *   `<SENDER>_URL` (of the receiver, with the path), `<SENDER>_AUDIENCE` and `<SENDER>_ACCOUNT`.
 * - what `env` declares, where it is none of these, with the URLs that it names: `${services.NAME.url}` of the service
 *   itself and of those that it may call.
 *
 * @throws {RangeError} when the caller is not declared, its `env` names the URL of another that it may not call, or it calls
 *   as an external receiver what is a service of the declaration.
 */
export function environmentOf(declaration: Declaration, caller: string, addresses: Addresses): Record<string, string> {
  for (const name of ['urlOf', 'emailOf'] as const)
    if (typeof addresses?.[name] !== 'function') throw new TypeError(`addresses.${name} must be a function`);
  const own = findService(declaration, caller);
  if (findCaller(declaration, caller) === undefined) {
    const declared = callersOf(declaration).map(({ name }) => name);
    throw new RangeError(
      `${JSON.stringify(caller)} is not declared in ${declaration.file}. Declared: ${declared.join(', ')}.`,
    );
  }
  const receivers = declaration.services.filter(({ name }) => name !== caller && mayCall(declaration, caller, name));
  return {
    ...declaredVariables(declaration, caller, (service) => {
      const known = service === own?.name || receivers.some(({ name }) => name === service);
      return known ? addresses.urlOf(service) : undefined;
    }),
    ...(own === undefined ? {} : { SERVICE_URL: addresses.urlOf(caller) }),
    ...Object.fromEntries(receivers.map(({ name }) => [urlVariable(name), addresses.urlOf(name)])),
    ...externalVariables(declaration, caller, addresses),
    ...senderVariables(declaration, caller, addresses),
    ...(own === undefined || own.public ? {} : { ALLOWED_CALLERS: allowedCallers(declaration, caller, addresses) }),
  };
}

/** @param urlOf undefined where the caller may not know it */
function declaredVariables(declaration: Declaration, caller: string, urlOf: (service: string) => string | undefined) {
  const { services, jobs = [], workerPools = [] } = declaration;
  const workload = [...services, ...jobs, ...workerPools].find(({ name }: Workload) => name === caller);
  return Object.fromEntries(
    Object.entries(workload?.env ?? {}).map(([name, value]) => {
      const filled = withUrls(value, ({ written, service = '' }) => {
        const url = urlOf(service);
        if (url !== undefined) return url;
        throw new RangeError(
          `${caller}: env.${name} holds ${written}, which is not the URL of a service that it may call.`,
        );
      });
      return [name, filled];
    }),
  );
}

function externalVariables(declaration: Declaration, caller: string, addresses: Addresses) {
  const told = (declaration.external ?? []).filter(({ name }) => mayCall(declaration, caller, name));
  return Object.fromEntries(
    told.flatMap((receiver): [string, string][] => {
      const { name, audience } = receiver;
      const own = declaration.services.find((service) => addresses.urlOf(service.name) === receiver.url);
      if (own !== undefined)
        throw new RangeError(
          `${name} is ${own.name}, a service of ${declaration.file}: call that, and take ${name} out.`,
        );
      const url = addresses.externalUrlOf?.(receiver) ?? receiver.url;
      return [
        [urlVariable(name), url],
        ...(audience === url ? [] : [[audienceVariable(name), audience] as [string, string]]),
      ];
    }),
  );
}

function senderVariables(declaration: Declaration, caller: string, addresses: Addresses): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const sender of declaration.senders ?? []) {
    const { name, to, from, path, tasks } = sender;
    const tell = (fact: SenderFact, value: string | undefined) => {
      if (value !== undefined) variables[senderVariable(name, fact)] = value;
    };
    if (to === caller || (tasks !== undefined && from.includes(caller))) tell('ACCOUNT', emailOf(sender, addresses));
    if (!from.includes(caller)) continue;
    tell(tasks === undefined ? 'TOPIC' : 'QUEUE', addresses.sourceOf?.(sender));
    if (tasks === undefined) continue;
    const { url, audience } = addressOf(declaration, to, addresses);
    tell('URL', `${url}${path}`);
    tell('AUDIENCE', audience);
  }
  return variables;
}

function addressOf(declaration: Declaration, receiver: string, addresses: Addresses) {
  const external = declaration.external?.find(({ name }) => name === receiver);
  if (external === undefined) return { url: addresses.urlOf(receiver), audience: addresses.urlOf(receiver) };
  return { url: addresses.externalUrlOf?.(external) ?? external.url, audience: external.audience };
}

function emailOf({ name, serviceAccount, project }: Sender, addresses: Addresses): string {
  return project === undefined ? addresses.emailOf(name) : serviceAccountEmail(serviceAccount, project);
}

function allowedCallers(declaration: Declaration, service: string, { emailOf }: Addresses): string {
  const emails = invokersOf(declaration, service).map((name) => {
    const { serviceAccount, member = '' } = findCaller(declaration, name) as Caller;
    if (serviceAccount !== undefined) return emailOf(name);
    return /^(?:user|serviceAccount):(.+)$/.exec(member)?.[1];
  });
  return emails.includes(undefined) ? '*' : [...new Set(emails)].join(',');
}
