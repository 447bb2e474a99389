import { invalidField } from './google-error.ts';

/** `update_mask` as `updateMask`: Google's APIs take both. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `updateMask` as `update_mask`, as Google's errors name it. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Fields that are maps: their keys are what users say, and no names. */
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'attributeMapping',
  'attributes',
  'headers',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
]);
/** Google reads no message that is deeper. */
const DEEPEST = 100;

/**
 * A message in JSON by the names of Google's reference, though it was sent by those of its proto: either is read.
 * @throws GoogleError INVALID_ARGUMENT for a field that is there under both
 * @see https://protobuf.dev/programming-guides/json/
 */
export function inCamelCase(message: unknown, depth = 0): unknown {
  if (typeof message !== 'object' || message === null || depth > DEEPEST) return message;
  if (Array.isArray(message)) return message.map((each) => inCamelCase(each, depth + 1));
  const named: Record<string, unknown> = {};
  for (const [sent, value] of Object.entries(message)) {
    const name = camelCase(sent);
    if (Object.hasOwn(named, name))
      throw invalidField(name, `Invalid JSON payload received. "${name}" is there twice, as "${sent}" too.`);
    named[name] = MAPS.has(name) ? value : inCamelCase(value, depth + 1);
  }
  return named;
}
