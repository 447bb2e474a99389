import { snakeCase } from '../../../internal/google-api/field-names.ts';
import { ownEntry } from '../../../internal/own-entry.ts';
import { annotation } from '../knative.ts';
import { InvalidField } from '../run-errors.ts';

/** Fields of v1 that have another place in v2. */
const places: Readonly<Record<string, string>> = {
  [`metadata.annotations[${annotation.ingress}]`]: 'ingress',
  [`metadata.annotations[${annotation.customAudiences}]`]: 'custom_audiences',
  [`metadata.annotations[${annotation.serviceMinScale}]`]: 'scaling.min_instance_count',
  [`metadata.annotations[${annotation.serviceMaxScale}]`]: 'scaling.max_instance_count',
  'spec.template.metadata.name': 'template.revision',
  [`spec.template.metadata.annotations[${annotation.minScale}]`]: 'template.scaling.min_instance_count',
  [`spec.template.metadata.annotations[${annotation.maxScale}]`]: 'template.scaling.max_instance_count',
  'spec.template.spec.containerConcurrency': 'template.max_instance_request_concurrency',
  'spec.template.spec.timeoutSeconds': 'template.timeout',
};

/**
 * An error about a field, in the words in which v2 was asked: services are kept and checked as v1 has them.
 * `Violation in CreateServiceRequest.service.template.containers[0].ports: ...`
 */
export function inWordsOfV2(error: unknown, verb: string): unknown {
  if (!(error instanceof InvalidField)) return error;
  const request = verb === 'POST' ? 'CreateServiceRequest' : 'UpdateServiceRequest';
  return new InvalidField(`Violation in ${request}.${fieldOfV2(error.field)}`, error.description);
}

function fieldOfV2(field: string): string {
  if (field === 'metadata.name') return 'service_id';
  if (field === 'update_mask') return field;
  const own = ownEntry(places, field) ?? field.replace(/^spec\.template\.spec\./, 'template.').replace(/^spec\./, '');
  return `service.${snakeCase(own)}`;
}
