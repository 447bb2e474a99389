import { DeclarationError, parseDeclaration } from '@run-edges/edges';

/** Why the reader does not take a declaration, and what mends it; undefined where it does. @param value plain data */
export function refusalOf(value: object): string | undefined {
  try {
    // JSON is YAML.
    parseDeclaration(JSON.stringify(value), 'edges.yaml');
    return undefined;
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    const [problem] = error.problems;
    return problem === undefined ? error.message : `${problem.message}. ${problem.mend}`;
  }
}
