import { randomUUID } from 'node:crypto';
import { GoogleError } from '../../internal/google-api/google-error.ts';

/** A long-running operation that was done at once. @see https://google.aip.dev/151 */
export interface DoneOperation {
  readonly name: string;
  readonly done: true;
  readonly metadata: object;
  readonly response: object;
}

/** Operations of APIs that do here at once what they do in time at Google; who asks for one later is told the same. */
export interface DoneOperations {
  /**
   * @param name of it, made from an id that is new
   * @param types of what it is about and of what it gives: messages of Google's
   */
  add(name: (id: string) => string, types: { metadata: string; response: string }, parts: Parts): DoneOperation;
  /** @throws GoogleError NOT_FOUND */
  find(name: string): DoneOperation;
}

interface Parts {
  readonly metadata?: object;
  readonly response: object;
}

/** The oldest goes first. */
const MOST = 1000;
const TYPE = 'type.googleapis.com/';

export function createDoneOperations(): DoneOperations {
  const operations = new Map<string, DoneOperation>();
  return {
    add(name, types, { metadata = {}, response }) {
      const operation: DoneOperation = {
        name: name(randomUUID()),
        metadata: { '@type': `${TYPE}${types.metadata}`, ...metadata },
        done: true,
        response: { '@type': `${TYPE}${types.response}`, ...response },
      };
      operations.set(operation.name, operation);
      const [oldest = ''] = operations.keys();
      if (operations.size > MOST) operations.delete(oldest);
      return operation;
    },
    find(name) {
      const operation = operations.get(name);
      if (operation === undefined) throw new GoogleError('NOT_FOUND', `Operation ${name} does not exist.`);
      return operation;
    },
  };
}
