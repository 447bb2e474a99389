import { describe } from 'vitest';
import { buildGo, GO_BUILD_MS, goToolchain } from '../real-clients/go.ts';
import { python, pythonProgram, pythonToolchain } from '../real-clients/python.ts';
import { expectReceiver } from '../real-clients/receivers.ts';
import { states } from './states.ts';

// Google's keys are asked for at Google's own address.
describe.skipIf(pythonToolchain.missing)(`The page: a receiver, ${pythonToolchain.title}`, () => {
  states('receive:python', () => expectReceiver(`'${python}' '${pythonProgram('receive.py')}'`, { keys: 'by name' }));
});

describe.skipIf(goToolchain.missing)(`The page: a receiver, ${goToolchain.title}`, () => {
  states(
    'receive:go',
    async () => {
      const go = await buildGo('seed-page-receive', ['receive']);
      await expectReceiver(`'${go.file('receive')}'`, { keys: 'by name' });
    },
    GO_BUILD_MS,
  );
});
