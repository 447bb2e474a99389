import { GoogleError } from '../../api/google-error.ts';
import { SAYABLE, type ServiceV2 } from './service-v2.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The service after a change of what the mask names, as `template.timeout` or `template.max_instance_request_concurrency`.
 * Without a mask everything is as the change says.
 * @throws GoogleError INVALID_ARGUMENT for a field that there is not
 * @see https://google.aip.dev/161
 */
export function masked(current: ServiceV2, change: ServiceV2, mask: string | undefined): ServiceV2 {
  const paths = (mask ?? '').split(',').flatMap((path) => (path.trim() === '' ? [] : [path.trim()]));
  if (paths.length === 0 || paths.includes('*')) return change;
  let result: Fields = { ...current };
  for (const path of paths) {
    const segments = path.split('.').map(camelCase);
    if (!SAYABLE.includes(segments[0] ?? '') || segments.length > 5)
      throw new GoogleError('INVALID_ARGUMENT', `Invalid value at 'update_mask': "${path}" is no field of a service.`);
    result = withField(result, { ...change }, segments);
  }
  return result;
}

function withField(current: Fields, change: Fields, [name = '', ...deeper]: readonly string[]): Fields {
  const { [name]: before, ...others } = current;
  const sent = Object.hasOwn(change, name) ? change[name] : undefined;
  if (deeper.length === 0) return sent === undefined ? others : { ...others, [name]: sent };
  return { ...others, [name]: withField(asFields(before), asFields(sent), deeper) };
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
