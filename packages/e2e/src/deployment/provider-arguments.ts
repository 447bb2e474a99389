import providerArguments from './provider-arguments.json' with { type: 'json' };

export type Block = Record<string, unknown>;
type Arguments = { readonly [name: string]: string | Arguments };

/** Terraform's own resource, and its own arguments of every one. */
const own = { terraform_data: { input: 'optional', triggers_replace: 'optional' } };
const meta = new Set(['for_each', 'depends_on', 'lifecycle', 'count', 'provider', 'provisioner']);
const known = { ...providerArguments, ...own } as unknown as Record<string, Arguments>;

/** A resource, or a data source (`data.TYPE`), with its one block. */
export interface Named {
  readonly type: string;
  readonly name: string;
  readonly block: Block;
}

/** Every resource and data source of a file that was parsed. */
export function* blocksIn(parsed: Block): Generator<Named> {
  for (const [kind, prefix] of [
    ['resource', ''],
    ['data', 'data.'],
  ] as const)
    for (const [type, named] of Object.entries((parsed[kind] ?? {}) as Record<string, Record<string, Block[]>>))
      for (const [name, [block = {}]] of Object.entries(named)) yield { type: `${prefix}${type}`, name, block };
}

/** Arguments that the google provider does not know, and required ones that are not given. */
export function argumentFaults({ type, name, block }: Named): string[] {
  return faultsIn(block, known[type] ?? {}, `${type}.${name}`);
}

function faultsIn(block: Block, arguments_: Arguments, at: string): string[] {
  const { dynamic = {}, ...plain } = block as Block & { dynamic?: Record<string, { content: Block[] }[]> };
  const inner = Object.fromEntries(
    Object.entries(dynamic).map(([name, several]) => [name, several.flatMap(({ content }) => content)]),
  );
  const given: Block = { ...plain, ...inner };
  const found = Object.entries(arguments_).flatMap(([name, need]) =>
    need === 'required' && !(name in given) ? [`${at}.${name} is missing`] : [],
  );
  for (const [name, value] of Object.entries(given)) {
    if (meta.has(name)) continue;
    const need = arguments_[name];
    if (need === undefined) found.push(`${at}.${name} is unknown`);
    else if (typeof need === 'object')
      for (const one of value as Block[]) found.push(...faultsIn(one, need, `${at}.${name}`));
  }
  return found;
}
