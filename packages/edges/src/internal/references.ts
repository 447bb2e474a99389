/** What stands for a service's URL in a value of `env`. */
export interface Reference {
  /** As it is written: `${services.search.url}`. */
  readonly written: string;
  /** The service that it names, or undefined where it has another form. */
  readonly service: string | undefined;
}

/**
 * What is meant as a reference, with the dollar sign before it that would make it text; capitals, blanks and a missing
 * letter are slips. Any other `${` is text, for whoever reads the variable. Terraform's module has the same expression.
 */
const MEANT = /(\$?)(\$\{[ \t]*services?[ \t]*[.[][^}\n]*\}?)/gi;

const REFERENCE = /^\$\{services\.([^.}]+)\.url\}$/;

export function referencesIn(value: string): readonly Reference[] {
  return [...value.matchAll(MEANT)]
    .filter(([, dollar]) => dollar === '')
    .map(([, , written = '']) => ({ written, service: REFERENCE.exec(written)?.[1] }));
}

/** The value with each URL in its place, and `$${services.` as `${services.`. */
export function withUrls(value: string, urlOf: (reference: Reference) => string): string {
  return value.replace(MEANT, (_, dollar: string, written: string) =>
    dollar === '' ? urlOf({ written, service: REFERENCE.exec(written)?.[1] }) : written,
  );
}

/** How a service's URL is written in a value. */
export function referenceTo(service: string): string {
  return `\${services.${service}.url}`;
}
