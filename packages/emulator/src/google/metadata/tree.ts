import type { Project } from '../../identity/project.ts';

/** A leaf is text or a list of texts; a folder maps names to nodes; a maker answers anew at each request. */
export type Leaf = string | readonly string[];
export interface Folder {
  readonly [name: string]: Leaf | Folder | Maker;
}
export type Maker = (query: URLSearchParams) => Promise<Made>;
export interface Made {
  readonly status: 200 | 400 | 403;
  readonly type: 'application/json' | 'application/text' | 'text/html';
  readonly body: string;
}

export interface Instance {
  readonly project: Project;
  readonly email: string;
  /** Opaque id of the container instance. */
  readonly id: string;
  readonly scopes: readonly string[];
  readonly token: Maker;
  readonly identity: Maker;
}

/** A text by itself, and a number in JSON with the rest. */
const NUMBER = 'numeric-project-id';

/**
 * What Cloud Run's metadata server holds for one instance.
 * @see https://docs.cloud.google.com/run/docs/container-contract#metadata-server
 */
export function metadataTree(instance: Instance): Folder {
  const { project, email, scopes, token, identity } = instance;
  const account: Folder = { aliases: ['default'], email, identity, scopes, token };
  return {
    instance: {
      id: instance.id,
      region: `projects/${project.number}/regions/${project.region}`,
      'service-accounts': { [email]: account, default: account },
      zone: `projects/${project.number}/zones/${project.region}-1`,
    },
    project: { [NUMBER]: project.number, 'project-id': project.id },
    universe: { 'universe-domain': 'googleapis.com' },
  };
}

export function isFolder(node: Leaf | Folder | Maker): node is Folder {
  return typeof node === 'object' && !Array.isArray(node);
}

/** The node at a path below `/computeMetadata/v1/`, or undefined. */
export function findNode(root: Folder, segments: readonly string[]): Leaf | Folder | Maker | undefined {
  let node: Leaf | Folder | Maker = root;
  for (const segment of segments) {
    if (!isFolder(node) || !Object.hasOwn(node, segment)) return undefined;
    node = node[segment] as Leaf | Folder | Maker;
  }
  return node;
}

/** A directory listing: folders end in `/`, every line in a line break. */
export function listing(folder: Folder): string {
  return Object.keys(folder)
    .sort()
    .map((name) => `${name}${isFolder(folder[name] as Leaf | Folder | Maker) ? '/' : ''}\n`)
    .join('');
}

/** The subtree as `?recursive=true` gives it: camelCase names, and no tokens. */
export function recursive(node: Leaf | Folder): unknown {
  if (!isFolder(node)) return node;
  const entries = Object.entries(node).filter(
    (entry): entry is [string, Leaf | Folder] => typeof entry[1] !== 'function',
  );
  return Object.fromEntries(
    entries.map(([name, child]) => [camelCase(name), name === NUMBER ? Number(child) : recursive(child)]),
  );
}

/** The subtree as `?recursive=true&alt=text` gives it: a line `path value` for each leaf, and no tokens. */
export function lines(node: Leaf | Folder, at = ''): string[] {
  if (typeof node === 'string') return [`${at} ${node}\n`];
  if (!isFolder(node)) return node.map((value, index) => `${at}/${index} ${value}\n`);
  return Object.entries(node)
    .filter((entry): entry is [string, Leaf | Folder] => typeof entry[1] !== 'function')
    .flatMap(([name, child]) => lines(child, at === '' ? name : `${at}/${name}`));
}

function camelCase(name: string): string {
  return name.includes('@') ? name : name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
