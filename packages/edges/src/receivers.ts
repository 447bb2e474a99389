import { checkDeclaration, checkText } from './check-declaration.ts';
import type { Declaration, Service } from './declaration.ts';

/** A column of the matrix. */
export interface Receiver {
  readonly name: string;
  readonly kind: 'service' | 'external';
  /** Of external ones alone, as `audience`: where a service is depends on where it runs. */
  readonly url?: string;
  readonly audience?: string;
}

/** Who may be called: the services, then those that others own, in the order of the file. */
export function receiversOf(declaration: Declaration): readonly Receiver[] {
  checkDeclaration(declaration);
  return [
    ...declaration.services.map(({ name }): Receiver => ({ name, kind: 'service' })),
    ...(declaration.external ?? []).map(
      ({ name, url, audience }): Receiver => ({ name, kind: 'external', url, audience }),
    ),
  ];
}

/** The declared service of that name, or undefined. */
export function findService(declaration: Declaration, name: string): Service | undefined {
  checkDeclaration(declaration);
  checkText(name, 'name');
  return declaration.services.find((service) => service.name === name);
}
