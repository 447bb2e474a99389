import { inspect } from 'node:util';
import type { Declaration } from './declaration.ts';
import { DeclarationError } from './declaration-error.ts';
import { isList, isObject, isText, partShapes, type Shape } from './internal/shapes.ts';

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
  for (const [part, { one, shapes, named }] of Object.entries(partShapes)) {
    const list = declaration[part as keyof typeof partShapes];
    if (list === undefined) continue;
    if (!isList(list)) throw invalid(file, `${part} is ${shown(list)} and must be a list`);
    for (const entry of list as readonly unknown[]) {
      if (!isObject(entry)) throw invalid(file, `${shown(entry)} is no ${one}`);
      const given = entry as Readonly<Record<string, unknown>>;
      const name = named && isText(given.name) ? given.name : one;
      checkShapes(given, shapes, (key, said) =>
        invalid(file, `${name}: ${key} is ${shown(given[key])} and must be ${said}`),
      );
      if (!named) continue;
      if (names.has(name)) throw invalid(file, `${name} is there twice`);
      names.add(name);
    }
  }
  known.add(declaration);
}

function checkShapes(
  given: Readonly<Record<string, unknown>>,
  shapes: Readonly<Record<string, Shape>>,
  refusal: (key: string, said: string) => DeclarationError,
): void {
  for (const [key, { fits, said }] of Object.entries(shapes)) if (!fits(given[key])) throw refusal(key, said);
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
