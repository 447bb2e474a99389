import { isDeepStrictEqual } from 'node:util';
import { type Addresses, type Declaration, deterministicUrl, sourceOf, type Workload } from '@run-edges/edges';
import { emailsIn } from '../iam/policies/declared-policy.ts';
import type { Project } from '../identity/project.ts';
import { remember, type Undo } from '../internal/remember.ts';
import type { KnativeService } from '../run/services/knative.ts';
import { rebased } from './rebased.ts';

/** Services, jobs or worker pools, as the APIs change them. */
export interface Deployments<Desired, Deployed> {
  find(name: string): Deployed | undefined;
  create(desired: Desired, change: { readonly by: string }): Deployed | Promise<Deployed>;
  replace(
    desired: Desired,
    change: { readonly by: string; readonly newRevision: boolean; readonly supersede: boolean },
    version: undefined,
  ): Deployed | Promise<Deployed>;
  remove(name: string): void;
}

/** What is declared of a kind, and deployed because of it. */
export interface DeclaredWorkloads<Declared> {
  readonly all: ReadonlyMap<string, Declared>;
  /** Whether it is as it is declared: nobody changed it since. */
  isAsDeclared(name: string): boolean;
  /** Deploys it as it is declared. */
  deploy(declared: Declared): Promise<void>;
  /** Asks for what another declaration says otherwise than that of before. Gives those that it deploys. */
  follow(before: Declaration): Promise<readonly Coming[]>;
  /** Deploys what is there once more, as it is; undefined where there is none of this name. */
  again(name: string): Promise<Coming | undefined>;
  /** The way back to what counts as declared now. */
  remember(): Undo;
}

/** Something that was asked for. */
export interface Coming {
  readonly name: string;
  /** Resolves when it is there; rejects with what is in the way. */
  readonly up: Promise<void>;
}

export interface DeclaredWorkloadsOptions<Declared, Desired, Deployed> {
  readonly there: () => Declaration;
  readonly listIn: (declaration: Declaration) => readonly Declared[] | undefined;
  /** As if somebody had deployed it. */
  readonly desired: (declared: Declared, declaration: Declaration) => Desired;
  readonly deployments: Deployments<Desired, Deployed>;
  /** Resolves when it is as it was last asked to be; rejects with what is in the way. */
  readonly ready: (name: string) => Promise<void>;
  /** Who deploys: an e-mail. */
  readonly by: string;
  /** It is not declared any more, and was deleted already. */
  readonly onGone: (name: string) => void;
  /** One that was deleted is deployed again: what belongs to it went with it. */
  readonly onBack?: (name: string, declaration: Declaration) => void;
}

type Asked = Pick<KnativeService, 'metadata'> & { readonly spec: object };
type AskedFor = { readonly metadata: object; readonly spec: object };

export function declaredWorkloads<Declared extends Workload, Desired extends AskedFor, Deployed extends Asked>(
  options: DeclaredWorkloadsOptions<Declared, Desired, Deployed>,
): DeclaredWorkloads<Declared> {
  const { there, listIn, desired, deployments, ready, by, onGone, onBack } = options;
  const namesIn = (declaration: Declaration) => new Map((listIn(declaration) ?? []).map((one) => [one.name, one]));
  /** As the declaration asked for them last, by generation. */
  const made = new Map<string, Pick<Asked, 'metadata'>>();

  function isAsDeclared(name: string): boolean {
    const now = deployments.find(name)?.metadata;
    const then = made.get(name)?.metadata;
    return now !== undefined && now.uid === then?.uid && now.generation === then.generation;
  }

  async function deploy(declared: Declared): Promise<void> {
    made.set(declared.name, await deployments.create(desired(declared, there()), { by }));
  }

  /** Gives whether anything was to be done. */
  async function change(is: Declared, was: Declared | undefined, before: Declaration): Promise<boolean> {
    const { name } = is;
    const current = deployments.find(name);
    const next = desired(is, there());
    const then = was && desired(was, before);
    const newRevision = was === undefined || !isDeepStrictEqual(containerOf(was), containerOf(is));
    if (!newRevision && isDeepStrictEqual(then, next)) return false;
    // Who deleted it has it again where the file says something else of it, not where it does of others.
    if (current === undefined && isDeepStrictEqual(was, is)) return false;
    if (current === undefined) {
      if (was !== undefined) onBack?.(name, there());
      await deploy(is);
    } else if (then === undefined || isAsDeclared(name))
      made.set(name, await deployments.replace(next, { by, newRevision, supersede: true }, undefined));
    else await deployments.replace(merged(next, then, current), { by, newRevision, supersede: true }, undefined);
    return true;
  }

  return {
    get all() {
      return namesIn(there());
    },
    isAsDeclared,
    deploy,
    remember: () => remember(made),
    async again(name) {
      const current = deployments.find(name);
      if (current === undefined) return undefined;
      const asDeclared = isAsDeclared(name);
      const change = { by, newRevision: true, supersede: true };
      const replaced = await deployments.replace(asked<Desired>(current), change, undefined);
      if (asDeclared) made.set(name, replaced);
      return coming(name, ready(name));
    },
    async follow(before) {
      const [was, is] = [namesIn(before), namesIn(there())];
      for (const name of was.keys()) {
        if (is.has(name)) continue;
        made.delete(name);
        if (deployments.find(name) === undefined) onGone(name);
        else deployments.remove(name);
      }
      const asked = [...is.values()].map(async (one): Promise<readonly Coming[]> => {
        const { name } = one;
        try {
          return (await change(one, was.get(name), before)) ? [coming(name, ready(name))] : [];
        } catch (error) {
          return [coming(name, Promise.reject(error))];
        }
      });
      return (await Promise.all(asked)).flat();
    },
  };
}

/** Whoever wants to know what is in the way asks. */
function coming(name: string, up: Promise<void>): Coming {
  up.catch(() => undefined);
  return { name, up };
}

/** Where declared services are, and who declared callers are, in a project. */
export function addressesIn(declaration: Declaration, project: Project): Addresses {
  return {
    urlOf: (name) => deterministicUrl(name, project),
    emailOf: emailsIn(declaration, project),
    sourceOf: (sender) => sourceOf(sender, { projectId: project.id, region: project.region }),
  };
}

/** What there is, to be asked for again. */
function asked<Desired>({ metadata, spec }: Asked): Desired {
  return { metadata, spec } as Desired;
}

/** What somebody made of it by hand, with what the declaration has otherwise now. */
function merged<Desired extends AskedFor>(next: Desired, then: Desired, current: Asked): Desired {
  const metadata = rebased(current.metadata, then.metadata, next.metadata);
  return { ...next, metadata, spec: rebased(current.spec, then.spec, next.spec) };
}

/** What is declared of the container that runs: of it, the deployed object says less. */
function containerOf(workload: Workload): object {
  const { source, image, build } = workload;
  const { command } = workload as { readonly command?: unknown };
  return { source, image, build, command };
}
