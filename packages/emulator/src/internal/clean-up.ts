/** What is done in the end, the last first: an AsyncDisposableStack, which Node 22 does not have. */
export interface CleanUp extends AsyncDisposable {
  defer(end: () => unknown): void;
  /** @returns the resource, which is disposed of in the end */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource;
  /** @returns what ends everything, which from now on is left to whoever has it */
  move(): () => Promise<void>;
}

export function createCleanUp(): CleanUp {
  let ends: (() => unknown)[] = [];
  const defer = (end: () => unknown) => void ends.push(end);
  const move = () => {
    const moved = ends;
    ends = [];
    let ended: Promise<void> | undefined;
    return () => {
      ended ??= endAll(moved);
      return ended;
    };
  };
  return {
    defer,
    use(resource) {
      defer(() => resource[Symbol.asyncDispose]());
      return resource;
    },
    move,
    [Symbol.asyncDispose]: () => move()(),
  };
}

/** Each is tried, whatever came of the others. */
async function endAll(ends: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, 'Several things could not be ended.');
}
