/** What a program does when it is asked, by name. Arguments and results travel between processes as JSON. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/**
 * Answers the calls of the process that started this one, and ends when it does, however that happens: Ctrl-C reaches
 * both, and it is the starter who decides.
 */
export function serve(handlers: Handlers, close: () => Promise<unknown> = async () => {}): void {
  const answer = (message: Answer): void => void process.send?.(message, () => undefined);
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (handler === undefined) throw new Error(`This program does not know ${name}.`);
      answer({ id, result: await handler(argument as never) });
    } catch (error) {
      answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('SIGINT', () => undefined);
  const end = (): void => void close().finally(() => process.exit());
  process.on('SIGTERM', end);
  process.on('disconnect', end);
}
