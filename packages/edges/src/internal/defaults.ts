import schema from '../edges.schema.json' with { type: 'json' };

const { properties } = schema.definitions.service;

/** The defaults that editors show are the ones that apply. */
export const defaults = {
  public: properties.public.default,
  ingress: properties.ingress.default,
  minInstances: properties.minInstances.default,
  maxInstances: properties.maxInstances.default,
  concurrency: properties.concurrency.default,
} as const;

export function defaultServiceAccount(service: string): string {
  return `${service}-run`;
}

export function defaultSource(service: string): string {
  return `../apps/${service}`;
}
