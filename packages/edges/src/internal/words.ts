import type { NamedPart } from './draft.ts';

const kinds: Readonly<Record<NamedPart, string>> = {
  services: 'service',
  jobs: 'job',
  workerPools: 'worker pool',
  principals: 'principal',
  external: 'external receiver',
  senders: 'sender',
};

/** How one of a part is called: `service`. */
export function kindOf(part: NamedPart): string {
  return kinds[part];
}

/** The same in a sentence: `an external receiver`. */
export function oneOf(part: NamedPart): string {
  return `${/^[aeiou]/.test(kinds[part]) ? 'an' : 'a'} ${kinds[part]}`;
}

/** Whose name it is: `a Cloud Run service`. Senders, principals and external receivers are none of Cloud Run's. */
export function nameOf(part: NamedPart): string {
  return part === 'principals' || part === 'external' || part === 'senders'
    ? oneOf(part)
    : `a Cloud Run ${kinds[part]}`;
}
