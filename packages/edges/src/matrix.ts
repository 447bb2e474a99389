import { checkDeclaration, checkText } from './check-declaration.ts';
import { type Declaration, findService, type Service } from './service.ts';

export type Verdict = 'allowed' | 'forbidden';

/** The caller without an identity. */
export const ANONYMOUS = 'anonymous';
/** The caller with a service account that no edge names. */
export const STRANGER = 'stranger';

/** What one caller must meet at one receiver. */
export interface Cell {
  /** Name of a service, `anonymous` or `stranger`. */
  readonly caller: string;
  /** Name of a service. */
  readonly receiver: string;
  readonly expected: Verdict;
  /** A short sentence without a full stop. */
  readonly reason: string;
}

/** Every caller (anonymous, each service, stranger) at every receiver, row by row. */
export function matrix(declaration: Declaration): readonly Cell[] {
  checkDeclaration(declaration);
  const { services } = declaration;
  const callers = [
    { name: ANONYMOUS, calls: new Set<string>() },
    ...services.map(({ name, calls }) => ({ name, calls: new Set(calls) })),
    { name: STRANGER, calls: new Set<string>() },
  ];
  return callers.flatMap((caller) =>
    services.map((receiver) => {
      const expected = receiver.public || caller.calls.has(receiver.name) ? 'allowed' : 'forbidden';
      return { caller: caller.name, receiver: receiver.name, expected, reason: reasonOf(caller, receiver) };
    }),
  );
}

/** True when the receiver is public, or the caller is a service with a declared edge to it. */
export function mayCall(declaration: Declaration, caller: string, receiver: string): boolean {
  checkText(caller, 'caller');
  const target = findService(declaration, receiver);
  if (target === undefined) return false;
  return target.public || (findService(declaration, caller)?.calls.includes(receiver) ?? false);
}

/** The calls that are declared, each as `CALLER RECEIVER`, sorted: two declarations that allow the same give the same. */
export function declaredCalls(declaration: Declaration): readonly string[] {
  checkDeclaration(declaration);
  return declaration.services
    .flatMap(({ name, public: open, calls }) => [
      ...(open ? [`${ANONYMOUS} ${name}`] : []),
      ...calls.map((receiver) => `${name} ${receiver}`),
    ])
    .sort();
}

/** Names of the services with a declared edge to the receiver, in the order of the file. */
export function invokersOf(declaration: Declaration, receiver: string): readonly string[] {
  checkDeclaration(declaration);
  checkText(receiver, 'receiver');
  return declaration.services.filter(({ calls }) => calls.includes(receiver)).map(({ name }) => name);
}

function reasonOf(caller: { name: string; calls: ReadonlySet<string> }, receiver: Service): string {
  if (receiver.public) return `${receiver.name} is public: allUsers may invoke it`;
  if (caller.calls.has(receiver.name)) return `declared: ${caller.name} calls ${receiver.name}`;
  if (caller.name === ANONYMOUS) return `no identity: ${receiver.name} is not public`;
  if (caller.name === STRANGER) return `not declared: no edge names this service account`;
  if (caller.name === receiver.name) return `not declared: ${caller.name} does not call itself`;
  return `not declared: ${caller.name} does not call ${receiver.name}`;
}
