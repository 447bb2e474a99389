import type { Block } from './provider-arguments.ts';

/** What a resource is known by once the provider has made it. */
const COMPUTED = { email: 'made', name: 'made', uri: 'made' };

/** As the provider deletes a service: not one that is guarded. */
const REFUSING = {
  'local-exec': {
    when: 'destroy',
    command: '${' + 'self.output.deletion_protection ? "exit 1" : "true"}',
    quiet: true,
  },
};

type Parsed = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>;

/**
 * What a module makes, without its provider, as JSON: in the place of each of its resources, one that Terraform itself has, with the
 * same instances, the same arguments as its input, and so the same dependencies. The order in which Terraform makes and
 * destroys is the module's own. @param files parsed
 */
export function standIns(files: readonly Parsed[], number: string): object {
  const all = files.flatMap((file) => Object.entries((file.resource ?? {}) as Resources));
  const own = all.filter(([type]) => type === 'terraform_data');
  const made = all
    .filter(([type]) => type.startsWith('google_'))
    .flatMap(([type, named]) =>
      Object.entries(named).map(([name, [block = {}]]) => [`${type}__${name}`, standIn(type, block)] as const),
    );
  const ownNamed = own.flatMap(([, named]) => Object.entries(named));
  const module = {
    locals: files.flatMap(({ locals = [] }) => locals as Block[]),
    module: Object.assign({}, ...files.map((file) => file.module)),
    resource: { terraform_data: Object.fromEntries([...made, ...ownNamed]) },
  };
  return JSON.parse(
    // Blocks that are made from others are no argument's value.
    JSON.stringify(module, (key, value) => (key === 'dynamic' ? undefined : value))
      .replaceAll('data.google_project.this.number', number)
      // What the language writes bare stays so: a keyword, and a dependency.
      .replaceAll(/"\$\{(destroy|google_\w+\.\w+)\}"/g, '"$1"')
      .replaceAll(/(google_\w+)\.(\w+)(\[[^\]]*\])\.(?=\w)/g, 'terraform_data.$1__$2$3.output.')
      .replaceAll(/(?<!\.)\b(google_\w+?)\.(\w+)/g, 'terraform_data.$1__$2'),
  );
}

function standIn(type: string, block: Block): Block {
  const { for_each, depends_on, ...input } = block;
  return {
    ...(for_each === undefined ? {} : { for_each }),
    ...(depends_on === undefined ? {} : { depends_on }),
    input: { ...COMPUTED, ...input },
    ...(type === 'google_cloud_run_v2_service' ? { provisioner: REFUSING } : {}),
  };
}
