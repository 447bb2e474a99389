import { printable } from '@run-edges/edges';
import Builder from 'fast-xml-builder';
import { asDeclared, type Tried } from '../matrix/try-matrix.ts';
import type { Report } from './report.ts';

/**
 * For CI servers: a suite for each receiver, a case for each caller, in the XML that JUnit's Ant task wrote first.
 * @see https://github.com/testmoapp/junitxml
 */
export function junit({ tried, file, placeOf, onlyDifferences }: Report): string {
  const shown = onlyDifferences ? tried.filter((one) => !asDeclared(one)) : tried;
  const receivers = [...new Set(shown.map(({ receiver }) => receiver))];
  const testcase = (one: Tried) => ({
    '@name': `${one.caller} -> ${one.receiver} is ${one.expected}`,
    '@classname': `run-edges.${one.receiver}`,
    '@file': printed(file),
    '@line': placeOf(one.caller, one.receiver).line,
    ...(asDeclared(one) ? {} : { failure: failure(one) }),
  });
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'run-edges check',
      ...counts(shown),
      testsuite: receivers.map((receiver) => {
        const here = shown.filter((one) => one.receiver === receiver);
        return { '@name': receiver, ...counts(here), testcase: here.map(testcase) };
      }),
    },
  };
  return builder.build(document).trimEnd();
}

const builder = new Builder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  format: true,
});

function counts(some: readonly Tried[]) {
  return {
    '@tests': some.length,
    '@failures': some.filter((one) => !asDeclared(one)).length,
    '@errors': 0,
    '@skipped': 0,
  };
}

function failure({ status, actual, expected, reason }: Tried) {
  return {
    '@type': actual,
    '@message': `${status} ${actual}, declared ${expected}`,
    '#text': printed(reason),
  };
}

/** XML has no place for what steers a terminal, nor for the two characters that are none. */
function printed(text: string): string {
  return printable(text).replaceAll(/[\ufffe\uffff]/g, '\ufffd');
}
