import { composeServices } from './compose-services.ts';
import type { Described } from './described-service.ts';
import { pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';
import { urlsIn } from './urls.ts';
import { documentsIn, isText, record, type Values } from './yaml-values.ts';

const COMPOSE = /^(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml$/;
const KNATIVE = /^service\.ya?ml$/;

/** What describes services of the repository: of variables, those alone that hold the address of another. */
export function describedServices(repository: Scanned): readonly Described[] {
  return repository.folders.flatMap((folder) =>
    [...folder.files].sort().flatMap((name) => {
      const file = pathIn(folder, name);
      if (COMPOSE.test(name)) return inCompose(repository.read(file), folder, file);
      if (KNATIVE.test(name)) return documentsIn(repository.read(file)).flatMap((one) => inKnative(one, folder, file));
      return [];
    }),
  );
}

function inCompose(text: string, { path }: Folder, file: string): Described[] {
  return composeServices(text, file).map(({ name, build, dependsOn, urls }) => ({
    ...{ name, file, dependsOn, urls },
    ...folderOf(build && joined(path, build.context)),
  }));
}

function inKnative(document: Values, { path }: Folder, file: string): Described[] {
  if (document.kind !== 'Service' || !String(document.apiVersion).startsWith('serving.knative.dev/')) return [];
  const { name } = record(document.metadata);
  const { containers } = record(record(record(document.spec).template).spec);
  const env = (Array.isArray(containers) ? containers : []).flatMap((one) => {
    const { env: variables } = record(one);
    return Array.isArray(variables) ? variables.map(record) : [];
  });
  if (!isText(name)) return [];
  return [{ name, file, folder: path, dependsOn: [], urls: urlsIn(env.map((one) => [String(one.name), one.value])) }];
}

function folderOf(folder: string | undefined): Pick<Described, 'folder'> {
  return folder === undefined ? {} : { folder };
}

/** A path from the root; one that leads out of it is none of ours. */
function joined(folder: string, context: string): string | undefined {
  if (context.startsWith('/')) return undefined;
  const parts: string[] = folder === '' ? [] : folder.split('/');
  for (const part of context.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
