import { isDeepStrictEqual } from 'node:util';
import { changesBetween, DeclarationError, printable, readDeclaration } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';
import { print, tell } from '../terminal/output.ts';
import type { Deployments } from './deployments.ts';
import { type Following, onFileChange } from './on-file-change.ts';
import { renderChanges, renderRefusal } from './render-changes.ts';

export interface FollowOptions {
  readonly file: string;
  readonly cloud: Pick<Cloud, 'declaration' | 'declare'>;
  /** Whether a file without services is right. */
  readonly mayBeEmpty: boolean;
  readonly deployments: Deployments;
  readonly onTaken: () => void;
}

/** Takes each change of the file while everything goes on. One that is refused changes nothing. */
export function followDeclaration({ file, cloud, mayBeEmpty, deployments, onTaken }: FollowOptions): Following {
  let refused: string | undefined;
  let turn = Promise.resolve();
  const look = () => {
    turn = turn.then(take).catch(refuse);
  };
  const following = onFileChange(file, look);
  // It may have changed while all was started.
  look();
  return following;

  async function take(): Promise<void> {
    const next = readDeclaration(file, { mayBeEmpty });
    const before = cloud.declaration;
    const wasRefused = refused !== undefined;
    if (isDeepStrictEqual(next, before)) {
      refused = undefined;
      if (wasRefused) print(`${printable(file)} is right again, and says what it said before.`);
      // Who saves it as it is has mended what did not come up.
      void deployments.retry();
      return;
    }
    const declaring = await cloud.declare(next);
    refused = undefined;
    const changes = changesBetween(before, next);
    if (changes.length > 0) print(renderChanges(file, changes, declaring.deploying));
    const known = new Set([...before.services, ...(before.workerPools ?? [])].map(({ name }) => name));
    onTaken();
    deployments.watch(declaring, (name) => !known.has(name));
  }

  function refuse(error: Error): void {
    // The same is said once.
    if (error.message === refused) return;
    refused = error.message;
    const said = error instanceof DeclarationError ? error.message : printable(error.message);
    tell(renderRefusal(file, said));
  }
}
