export { checkDeclaration } from './check-declaration.ts';
export {
  DeclarationError,
  type DeclarationErrorCode,
  type Problem,
} from './declaration-error.ts';
export { type Addresses, environmentOf } from './environment.ts';
export {
  deterministicUrl,
  imageRepository,
  serviceAccountDomain,
  serviceAccountEmail,
  urlVariable,
} from './identity.ts';
export { ANONYMOUS, type Cell, declaredCalls, invokersOf, matrix, mayCall, STRANGER, type Verdict } from './matrix.ts';
export { mermaid } from './mermaid.ts';
export { parseDeclaration, type ReadingOptions } from './parse-declaration.ts';
export { readDeclaration } from './read-declaration.ts';
export { type Declaration, findService, type Service } from './service.ts';
export { printable, shellWord } from './text.ts';
