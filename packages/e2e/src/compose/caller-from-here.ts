import type { ListedService } from '@run-edges/emulator';

/** Calls the services from this machine, as any of them. */
export interface CallerFromHere {
  /** The gate's address. */
  urlOf(service: string): string;
  /** The ID token of a service for another, in the header that leaves `Authorization` to the app, and in that too. */
  headersAs(caller: string, receiver: string): Promise<Record<string, string>>;
}

export async function callerFromHere(api: string): Promise<CallerFromHere> {
  const { services } = (await (await fetch(`${api}/run-edges/v1/services`)).json()) as { services: ListedService[] };
  const named = (name: string) => {
    const found = services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    urlOf: (service) => named(service).url,
    async headersAs(caller, receiver) {
      // What the receiver takes for its own URL: the one that its callers are told.
      const path = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=http://${receiver}`;
      const response = await fetch(`http://${named(caller).metadataHost}${path}`, {
        headers: { 'metadata-flavor': 'Google' },
      });
      const bearer = `Bearer ${await response.text()}`;
      return { 'x-serverless-authorization': bearer, authorization: bearer };
    },
  };
}
