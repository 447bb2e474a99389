/**
 * What the first of several attempts gives. One is made, and another whenever so much time has gone by without an answer: a
 * connection that hangs goes on hanging when all is well again, and would keep everybody waiting with it. Of those that
 * hang there are as many as fit into the time. Once one has failed no more are made: those under way have as much time again,
 * then its error counts. Rejects when no attempt is left, or when the time is up.
 */
export function firstOf<T>(
  start: () => Promise<T>,
  { everyMs, withinMs, late }: { everyMs: number; withinMs: number; late: () => Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let running = 0;
    let others: NodeJS.Timeout | undefined;
    const settle = (end: () => void): void => {
      clearInterval(more);
      clearTimeout(limit);
      clearTimeout(others);
      end();
    };
    const attempt = async (): Promise<void> => {
      running += 1;
      try {
        const value = await start();
        settle(() => resolve(value));
      } catch (error) {
        running -= 1;
        clearInterval(more);
        const fail = (): void => settle(() => reject(error));
        if (running === 0) fail();
        else others ??= setTimeout(fail, everyMs).unref();
      }
    };
    const more = setInterval(attempt, everyMs).unref();
    const limit = setTimeout(() => settle(() => reject(late())), withinMs).unref();
    void attempt();
  });
}
