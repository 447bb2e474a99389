import { assertCleanEncoded, type Service, UncleanTextError } from '@run-edges/service';
import type { FastifyRequest, FastifySchemaValidationError } from 'fastify';

/** A profile of the longest fields, each character of it percent-encoded. */
const BODY_LIMIT = 65_536;

/** Makes an instance read the forms of browsers and nothing else: each field once, as text. */
export function readForms(app: Service): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    async (_request: FastifyRequest, text: string) => fieldsOf(text),
  );
}

function fieldsOf(text: string): Record<string, string> {
  for (const pair of text.split('&')) {
    if (pair !== '') assertCleanEncoded(pair, `The field ${pair.split('=', 1)[0]?.slice(0, 100)}`);
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw new UncleanTextError(`The field ${name.slice(0, 100)} comes twice`);
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

/** What is wrong with a form: a sentence for each field that is not right. */
export type Mistakes = Record<string, string>;

/**
 * The mistakes that validation found in a form (on a route with `attachValidation`), in the words that the form has for
 * its fields; undefined when there are none.
 */
export function mistakesOf(request: FastifyRequest, words: Mistakes): Mistakes | undefined {
  const faults = request.validationError?.validation as FastifySchemaValidationError[] | undefined;
  if (!faults) return undefined;
  return inWords(
    faults.map(({ instancePath, params, message }) => ({
      field: String(instancePath.split('/')[1] ?? params.missingProperty ?? params.additionalProperty ?? ''),
      detail: message ?? 'is not valid',
    })),
    words,
  );
}

/** One sentence for each field, its own words first. */
export function inWords(faults: readonly { field: string; detail: string }[], words: Mistakes): Mistakes {
  const known = new Map(Object.entries(words));
  return Object.fromEntries(
    faults.map(({ field, detail }) => [field, known.get(field) ?? `${field.slice(0, 100) || 'The form'} ${detail}.`]),
  );
}
