import { printable } from '@run-edges/edges';
import type { Cloud, Declaring } from '@run-edges/emulator';
import { colour } from '../terminal/colour.ts';
import { print, tell } from '../terminal/output.ts';

/** What comes up while everything goes on, and what did not. */
export interface Deployments {
  /** Whether this is coming up now: what it says of itself meanwhile is told here. */
  isComing(name: string): boolean;
  /** Says what becomes of what a declaration brings about. @param isNew whether it was not there before */
  watch(declaring: Declaring, isNew: (name: string) => boolean): void;
  /** Starts one from its folder once more, and says what becomes of it. */
  again(name: string): Promise<void>;
  /** The same of all that did not come up. */
  retry(): Promise<void>;
}

/** @param mend what to do about one that did not come up */
export function createDeployments(cloud: Pick<Cloud, 'services' | 'redeploy'>, mend: string): Deployments {
  /** How often each is coming up. */
  const coming = new Map<string, number>();
  const failed = new Set<string>();

  function began(name: string): void {
    coming.set(name, (coming.get(name) ?? 0) + 1);
  }

  function ended(name: string, error: Error | undefined): void {
    const left = (coming.get(name) ?? 1) - 1;
    if (left === 0) coming.delete(name);
    else coming.set(name, left);
    if (error === undefined) failed.delete(name);
    else {
      failed.add(name);
      tell(notUp(name, error, mend));
    }
  }

  async function again(name: string): Promise<void> {
    began(name);
    const error = await cloud.redeploy(name).then(
      () => undefined,
      (error: Error) => error,
    );
    ended(name, error);
    // Where it was started once more meanwhile, that one is told of.
    if (error === undefined && !coming.has(name)) print(`${colour('green', printable(name))} runs anew`);
  }

  return {
    isComing: (name) => coming.has(name),
    watch({ deploying, settled }, isNew) {
      for (const name of deploying) began(name);
      void settled.then((notUp) => {
        for (const name of deploying) ended(name, notUp.find((one) => one.name === name)?.error);
        for (const { name, url } of cloud.services)
          if (deploying.includes(name) && isNew(name) && !failed.has(name))
            print(`${colour('green', printable(name))} is up: ${url}`);
      });
    },
    again,
    async retry() {
      await Promise.all([...failed].map(again));
    },
  };
}

function notUp(name: string, error: Error & { readonly mend?: string }, mend: string): string {
  const why = printable(`${error.message} ${error.mend ?? ''}`.trim(), { atMost: 4000 });
  return `${colour('red', printable(name))} did not come up: ${why}\nWhat ran of it before goes on, and so does all else. ${mend}`;
}
