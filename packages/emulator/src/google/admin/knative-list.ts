import type { ObjectMeta } from '../../run/services/knative.ts';
import type { Call } from '../http/call.ts';
import { selects } from './label-selector.ts';
import { KUBERNETES, page } from './page.ts';

/** A page of a v1 list, of what the selector selects. @throws GoogleError INVALID_ARGUMENT */
export function knativeList(
  kind: string,
  all: readonly { readonly metadata: Pick<ObjectMeta, 'labels'> }[],
  { query }: Pick<Call, 'query'>,
  apiVersion = 'serving.knative.dev/v1',
): object {
  const selected = all.filter(({ metadata }) => selects(query.labelSelector, metadata.labels));
  const { items, next } = page(selected, query, KUBERNETES);
  return { apiVersion, kind, metadata: next === undefined ? {} : { continue: next }, items };
}
