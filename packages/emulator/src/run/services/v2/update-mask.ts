import { camelCase } from '../../../internal/google-api/field-names.ts';
import { withField } from '../../../internal/google-api/update-mask.ts';
import { InvalidField } from '../run-errors.ts';
import { OUTPUT_ONLY, serviceV2Schema } from './service-v2.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The parts of a JSON schema by which messages and maps are told apart. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | false;
  readonly type?: unknown;
}

/**
 * The service, or another message, after a change of what the mask names, as `template.timeout` or `template.max_instance_request_concurrency`.
 * Without a mask everything is as the change says.
 * @throws GoogleError INVALID_ARGUMENT for a field that there is not
 * @see https://google.aip.dev/161
 */
export function masked<T extends object>(
  current: T,
  change: T,
  mask: string | undefined,
  { schema, outputOnly, what }: Maskable = service,
): T {
  const paths = (mask ?? '').split(',').flatMap((path) => (path.trim() === '' ? [] : [path.trim()]));
  if (paths.length === 0 || (paths.length === 1 && paths[0] === '*')) return change;
  let result = { ...current } as Fields;
  for (const path of paths) {
    const segments = resolved(path.split('.'), schema);
    if (segments === undefined) throw new InvalidField('update_mask', `"${path}" is no field of ${what}.`);
    // What the service itself writes may be named, and nothing comes of it. https://google.aip.dev/203
    if (!outputOnly.includes(segments[0] ?? '')) result = withField(result, { ...change }, segments);
  }
  return result as T;
}

/** What a mask may name. */
export interface Maskable {
  readonly schema: object;
  readonly outputOnly: readonly string[];
  /** As in `a service`. */
  readonly what: string;
}

const service: Maskable = { schema: serviceV2Schema, outputOnly: OUTPUT_ONLY, what: 'a service' };

/**
 * The names on the way to a field, as JSON has them, or undefined where none is there. Lists end a path, a key may follow
 * the name of a map, and what is not looked into here may be gone into.
 */
function resolved([segment, ...deeper]: readonly string[], shape: Shape): string[] | undefined {
  if (segment === undefined) return [];
  if (segment === '') return undefined;
  if (shape.additionalProperties) return deeper.length === 0 ? [segment] : undefined;
  const name = camelCase(segment);
  const isKnown = shape.properties !== undefined && Object.hasOwn(shape.properties, name);
  const within = isKnown ? shape.properties?.[name] : isOpen(shape) ? shape : undefined;
  const rest = within === undefined ? undefined : resolved(deeper, within);
  return rest === undefined ? undefined : [name, ...rest];
}

function isOpen({ type, properties }: Shape): boolean {
  return type === undefined && properties === undefined;
}
