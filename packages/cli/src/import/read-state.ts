import { ImportError } from './import-error.ts';
import { moduleShape, type StateFile, type StateModule, type StateResource, stateShape } from './state-shape.ts';

const MEND = 'Give what this prints: terraform show -json';

/** Modules within modules; Terraform itself bears no more than a few. */
const DEEPEST = 64;

/** Every resource that Terraform manages, of all modules, with whether it is planned only. @throws ImportError */
export function readState(text: string): { readonly resources: readonly StateResource[]; readonly planned: boolean } {
  const state = parsed(text);
  const root = (state.values ?? state.planned_values)?.root_module;
  if (root === undefined)
    throw new ImportError('There is nothing in this state of Terraform.', 'Run terraform apply first.');
  return { resources: resourcesIn(root, 0), planned: state.values === undefined };
}

function parsed(text: string): StateFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ImportError('That is no JSON.', MEND, { cause });
  }
  if (isRawState(value)) throw new ImportError('That is a state file itself, whose form is Terraform’s own.', MEND);
  const problem = stateShape(value);
  if (problem !== undefined) throw new ImportError(`That is no state of Terraform (${problem}).`, MEND);
  return value as StateFile;
}

/** What stands in terraform.tfstate. */
function isRawState(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'serial' in value && 'lineage' in value;
}

function resourcesIn(module: StateModule, depth: number): StateResource[] {
  const problem = depth > DEEPEST ? 'modules stand too deep in one another' : moduleShape(module);
  if (problem !== undefined) throw new ImportError(`That is no state of Terraform (${problem}).`, MEND);
  const { resources = [], child_modules: children = [] } = module;
  return [
    ...resources.filter(({ mode }) => mode === 'managed'),
    ...children.flatMap((child) => resourcesIn(child, depth + 1)),
  ];
}
