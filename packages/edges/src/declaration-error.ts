import { printable } from './text.ts';

/** One thing that is wrong with a declaration, where it is and what mends it. */
export interface Problem {
  /** The path as it was given to the reader. */
  readonly file: string;
  /** 1-based. 1 when the file as a whole is at fault. */
  readonly line: number;
  /** 1-based, in UTF-16 units. 1 when the file as a whole is at fault. */
  readonly column: number;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to do about it, as a sentence. */
  readonly mend: string;
}

/** What each {@link DeclarationErrorCode} means. */
export const DECLARATION_ERRORS = {
  DECLARATION_NOT_FOUND: 'There is no such file.',
  DECLARATION_UNREADABLE: 'A folder, a device, no permission, or bytes that are not UTF-8.',
  DECLARATION_INVALID: 'The text is not YAML, or says something that cannot be deployed.',
} as const;

export type DeclarationErrorCode = keyof typeof DECLARATION_ERRORS;

/** A declaration was refused. `message` can be printed as it stands: one line per problem. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
  readonly code: DeclarationErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: DeclarationErrorCode, problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map((problem) => print(problem, code)).join('\n'), options);
    this.code = code;
    this.problems = problems;
  }
}

function print({ file, line, column, message, mend }: Problem, code: DeclarationErrorCode): string {
  // A file that was never read has no lines to point at.
  const place = code === 'DECLARATION_INVALID' ? `${printable(file)}:${line}:${column}` : printable(file);
  return `${place}: ${message}. ${mend}`;
}
