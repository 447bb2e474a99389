import { expect, test } from 'vitest';
import { allowedCallersFrom } from './allowed-callers.ts';
import { createVerifier } from './verifier.ts';

test.each([
  ['a@x.example, b@x.example', ['a@x.example', 'b@x.example']],
  ['a@x.example,\n', ['a@x.example']],
  ['', ['nobody@run-edges.invalid']],
  [' , ', ['nobody@run-edges.invalid']],
  ['*', null],
  [' * ', null],
])('%j is %j', (variable, callers) => {
  expect(allowedCallersFrom(variable)).toEqual(callers);
});

test.each([undefined, null, 'push-run', '*,a@x.example', '*,*', 'a@x.example;b@x.example', ['*']])(
  'what is no list of addresses is refused by the verifier: %j',
  (variable) => {
    const allowedCallers = allowedCallersFrom(variable as never);
    const make = () => createVerifier({ mode: 'signature', audience: 'https://a.example', allowedCallers });
    if (variable === null) make();
    else expect(make).toThrow('allowedCallers must be');
  },
);
