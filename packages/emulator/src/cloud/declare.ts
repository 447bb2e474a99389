import { callersOf, checkDeclaration, type Declaration, environmentOf } from '@run-edges/edges';
import type { Project } from '../identity/project.ts';
import { refuseWhenEnding } from '../internal/ending.ts';
import { EmulatorError } from '../internal/errors.ts';
import type { KeptState } from '../internal/state/kept-state.ts';
import type { Cloud, NotUp } from './cloud.ts';
import type { DeclaredNow } from './declared.ts';
import { addressesIn, type Coming } from './declared-workloads.ts';
import type { OpenProject } from './open-project.ts';
import type { Parts } from './parts.ts';

export interface DeclareOptions {
  readonly declared: DeclaredNow;
  readonly opened: Pick<OpenProject, 'follow'>;
  readonly parts: Pick<Parts, 'follow'>;
  readonly project: Project;
  readonly kept: Pick<KeptState<unknown>, 'save' | 'settled'>;
  /** Aborted when the emulator begins to stop. */
  readonly ending: AbortSignal;
}

/** One declaration after another: what one asks for is asked for before the next is looked at. */
export function createDeclare({ declared, opened, parts, project, kept, ending }: DeclareOptions): Cloud['declare'] {
  let turn: Promise<unknown> = Promise.resolve();

  async function take(next: Declaration) {
    refuseWhenEnding(ending);
    const was = declared.declaration();
    const before = declared.replace(next);
    // Policies first, and at once: a call that is allowed no more is refused while services still come and go.
    opened.follow(before);
    const goBack = () => {
      const refused = declared.replace(was);
      opened.follow(refused);
      return refused;
    };
    const coming = await parts.follow(before, goBack).finally(kept.save);
    await kept.settled();
    return { deploying: coming.map(({ name }) => name), settled: settled(coming) };
  }

  return async (next) => {
    checkDeclaration(next);
    checkEnvironments(next, project);
    const mine = turn.then(() => take(next));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** What would be refused at the start is refused here. @throws RangeError */
function checkEnvironments(declaration: Declaration, project: Project): void {
  const addresses = addressesIn(declaration, project);
  for (const { name, kind } of callersOf(declaration))
    if (kind !== 'principal' && kind !== 'sender') environmentOf(declaration, name, addresses);
}

/** Deploys one thing anew, as it is. */
export function createRedeploy(parts: Pick<Parts, 'again'>): Cloud['redeploy'] {
  return async (name) => {
    const coming = await parts.again(name);
    if (coming === undefined)
      throw new EmulatorError(
        'UNKNOWN_PRINCIPAL',
        `There is no service or worker pool ${JSON.stringify(name)} here.`,
        'Declare it, or deploy it.',
      );
    await coming.up.catch((error: unknown) => {
      if (!isSuperseded(error)) throw error;
    });
  };
}

async function settled(coming: readonly Coming[]): Promise<readonly NotUp[]> {
  const outcomes = await Promise.allSettled(coming.map(({ up }) => up));
  return outcomes.flatMap((outcome, at) =>
    outcome.status === 'fulfilled' || isSuperseded(outcome.reason)
      ? []
      : [{ name: coming[at]?.name ?? '', error: outcome.reason as Error }],
  );
}

/** What came of it is told by what came after it. */
function isSuperseded(error: unknown): boolean {
  return error instanceof EmulatorError && error.code === 'SUPERSEDED';
}
