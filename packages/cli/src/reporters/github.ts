import { relative, resolve } from 'node:path';
import type { Problem } from '@run-edges/edges';
import { renderDifferences } from '../matrix/render-matrix.ts';
import { asDeclared } from '../matrix/try-matrix.ts';
import type { Report } from './report.ts';

/** GitHub shows ten of a kind for each step, and drops the others without a word. */
const AT_MOST = 10;

interface Annotation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
}

/**
 * For GitHub Actions: an annotation at the line of each edge that is not as declared, and what a reader of the log wants.
 * @see https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function github({ tried, file, placeOf }: Report): string {
  const found = tried
    .filter((one) => !asDeclared(one))
    .map(({ caller, receiver, status, actual, expected, reason }) => ({
      file,
      ...placeOf(caller, receiver),
      title: `${caller} -> ${receiver}`,
      message: `${status} ${actual}, declared ${expected}: ${reason}`,
    }));
  return [...annotations(found), renderDifferences(tried)].join('\n');
}

/** The same for a declaration that is refused. */
export function refusedAtGithub(problems: readonly Problem[]): string {
  const found = problems.map(({ message, mend, ...at }) => ({
    ...at,
    title: 'The declaration is refused',
    message: `${message}. ${mend}`,
  }));
  return annotations(found).join('\n');
}

/** All of them, or nine and one that counts the rest. */
function annotations(all: readonly Annotation[]): string[] {
  if (all.length <= AT_MOST) return all.map(annotation);
  const shown = all.slice(0, AT_MOST - 1);
  const [next] = all.slice(AT_MOST - 1);
  const message = `${all.length - shown.length} more, of ${all.length}: the log of this step has them all.`;
  return [...shown, { ...(next as Annotation), title: 'And others', message }].map(annotation);
}

function annotation({ file, line, column, title, message }: Annotation): string {
  const path = relative(process.env.GITHUB_WORKSPACE || process.cwd(), resolve(file));
  return `::error file=${property(path)},line=${line},col=${column},title=${property(title)}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
