import { GoogleError } from '../api/google-error.ts';
import { ownEntry } from '../internal/own-entry.ts';

/**
 * Whether labels fit a selector: `a = b`, `a != b`, joined by commas. An empty one fits everything.
 * @throws GoogleError INVALID_ARGUMENT for any other
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#equality-based-requirement
 */
export function selects(selector: string | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector.trim() === '') return true;
  return selector.split(',').every((requirement) => {
    const [, key = '', operator, value = ''] = /^\s*([\w./-]+)\s*(==?|!=)\s*([\w.-]*)\s*$/.exec(requirement) ?? [];
    if (operator === undefined)
      throw new GoogleError('INVALID_ARGUMENT', `labelSelector: "${requirement}" is not understood.`);
    const held = ownEntry(labels, key);
    return operator === '!=' ? held !== value : held === value;
  });
}
