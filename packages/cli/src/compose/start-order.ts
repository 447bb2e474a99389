import { type Declaration, findCaller, findService } from '@run-edges/edges';

/**
 * The services that start before this one, and stop after it: those that it calls, so that a request under way finds
 * them still there. Where services call each other in a circle, the one that the file names first waits.
 */
export function startedBefore(declaration: Declaration, name: string): readonly string[] {
  const position = (service: string) => declaration.services.findIndex((one) => one.name === service);
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return callsOf(declaration, from).some((next) => reaches(next, to, seen));
  };
  return callsOf(declaration, name).filter(
    (receiver) => !reaches(receiver, name) || position(name) < position(receiver),
  );
}

function callsOf(declaration: Declaration, name: string): readonly string[] {
  const called = findCaller(declaration, name)?.calls ?? [];
  return called.filter((receiver) => findService(declaration, receiver) !== undefined);
}
