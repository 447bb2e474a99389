import { randomUUID } from 'node:crypto';
import type { Project } from '../../../identity/project.ts';

/** Something that takes its time. @see https://google.aip.dev/151 */
export interface Operation {
  readonly name: string;
  readonly metadata: object;
  readonly done: boolean;
  readonly response?: object;
  readonly error?: { readonly code: number; readonly message: string };
}

/** The long-running operations of the project, the newest of them. */
export interface Operations {
  /** Begins one that ends with the work: what it gives is the response, what it throws the error. @param region default: the project's own */
  begin(metadata: object, work: Promise<object>, region?: string): Operation;
  find(id: string): Operation | undefined;
  list(): readonly Operation[];
  forget(id: string): void;
  /** The operation when it is done, or as it is after this many milliseconds. */
  wait(id: string, timeout: number): Promise<Operation | undefined>;
}

const MOST = 1000;
/** `FAILED_PRECONDITION` among the codes of google.rpc. */
const FAILED = 9;

export function createOperations(project: Project): Operations {
  const operations = new Map<string, Operation>();
  const works = new Map<string, Promise<unknown>>();

  function forget(id: string): void {
    operations.delete(id);
    works.delete(id);
  }

  return {
    begin(metadata, work, region = project.region) {
      const id = randomUUID();
      const name = `projects/${project.id}/locations/${region}/operations/${id}`;
      const operation: Operation = { name, metadata, done: false };
      operations.set(id, operation);
      const end = (result: Pick<Operation, 'response'> | Pick<Operation, 'error'>) => {
        if (operations.has(id)) operations.set(id, { name, metadata, done: true, ...result });
      };
      works.set(
        id,
        work.then(
          (response) => end({ response }),
          (error: Error) => end({ error: { code: FAILED, message: error.message } }),
        ),
      );
      const [oldest] = operations.keys();
      if (operations.size > MOST && oldest !== undefined) forget(oldest);
      return operation;
    },
    find: (id) => operations.get(id),
    list: () => [...operations.values()],
    forget,
    async wait(id, timeout) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, timeout);
      });
      await Promise.race([works.get(id), late]);
      clearTimeout(timer);
      return operations.get(id);
    },
  };
}
