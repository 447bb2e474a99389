import { expect } from 'vitest';
import { DeclarationError } from '../declaration-error.ts';
import { parseDeclaration } from '../parse-declaration.ts';

/** The printed lines of the refusal, without the file's name. */
export function refusals(text: string): string[] {
  try {
    parseDeclaration(text, 'edges.yaml');
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    expect(error.code).toBe('DECLARATION_INVALID');
    return error.message.split('\n').map((line) => line.replace(/^edges\.yaml:/, ''));
  }
  throw new Error('accepted');
}
