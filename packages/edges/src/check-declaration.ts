import { inspect } from 'node:util';
import { DeclarationError } from './declaration-error.ts';
import type { Declaration, Service } from './service.ts';

/** What a part of a declaration must be, and how that is said. */
interface Shape {
  readonly fits: (value: unknown) => boolean;
  readonly said: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !isList(value);

const text: Shape = { fits: isText, said: 'a text' };
const texts: Shape = { fits: (value) => isList(value) && value.every(isText), said: 'a list of texts' };
const flag: Shape = { fits: (value) => typeof value === 'boolean', said: 'true or false' };
const count = (least: number): Shape => ({
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  said: `a whole number from ${least} on`,
});
const ingresses = ['all', 'internal', 'internal-and-cloud-load-balancing'];

/** A part of a service that is missing here is an error of the compiler. */
const shapes: { readonly [Name in keyof Required<Service>]: Shape } = {
  name: text,
  public: flag,
  calls: texts,
  serviceAccount: text,
  source: text,
  ingress: { fits: (value) => ingresses.includes(value as string), said: ingresses.join(' or ') },
  audiences: texts,
  env: {
    fits: (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
    said: 'texts by name',
  },
  minInstances: count(0),
  maxInstances: count(1),
  concurrency: count(1),
};

const known = new WeakSet<object>();

/**
 * That a program gives what the reader gives: a `public` that is the text `"false"` would open a service.
 * @throws {DeclarationError} DECLARATION_INVALID
 */
export function checkDeclaration(declaration: Declaration): void {
  if (isObject(declaration) && known.has(declaration)) return;
  const { file = '', services } = (isObject(declaration) ? declaration : {}) as Partial<Declaration>;
  if (!isText(file) || !isList(services)) throw invalid('no file', `${shown(declaration)} is no declaration`);
  const names = new Set<unknown>();
  for (const service of services) {
    if (!isObject(service)) throw invalid(file, `${shown(service)} is no service`);
    for (const [name, { fits, said }] of Object.entries(shapes)) {
      const value = (service as unknown as Readonly<Record<string, unknown>>)[name];
      if (!fits(value)) throw invalid(file, `${String(service.name)}: ${name} is ${shown(value)} and must be ${said}`);
    }
    if (names.has(service.name)) throw invalid(file, `${service.name} is there twice`);
    names.add(service.name);
  }
  known.add(declaration);
}

function invalid(file: string, message: string): DeclarationError {
  const mend = 'Give what readDeclaration or parseDeclaration gives.';
  return new DeclarationError('DECLARATION_INVALID', [{ file, line: 1, column: 1, message, mend }]);
}

/** @throws {TypeError} where a program gives something else */
export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} is ${shown(value)} and must be a text`);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 100, breakLength: Number.POSITIVE_INFINITY });
}
