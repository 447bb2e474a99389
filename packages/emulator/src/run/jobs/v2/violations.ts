import { snakeCase } from '../../../internal/google-api/field-names.ts';
import { InvalidField } from '../../services/run-errors.ts';

/** An error about a field, in the words in which v2 was asked: jobs are kept and checked as v1 has them. */
export function jobInWordsOfV2(error: unknown, verb: string): unknown {
  if (!(error instanceof InvalidField) || error.field.startsWith('overrides')) return error;
  const request = verb === 'POST' ? 'CreateJobRequest' : 'UpdateJobRequest';
  return new InvalidField(`Violation in ${request}.${fieldOfV2(error.field)}`, error.description);
}

function fieldOfV2(field: string): string {
  if (field === 'metadata.name') return 'job_id';
  const own = field
    .replace(/^spec\.template\.spec\.template\.spec\./, 'template.template.')
    .replace(/^spec\.template\.spec\./, 'template.')
    .replace(/^spec\./, '')
    .replace(/timeoutSeconds$/, 'timeout');
  return `job.${snakeCase(own)}`;
}
