import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { runProgram } from './run-program.ts';
import { type SmallCloud, startSmallCloud } from './small-cloud.ts';
import { clients, findToolchain } from './toolchain.ts';

const { title, missing } = await findToolchain({ name: 'curl', commands: ['sh', 'curl'] });

describe.skipIf(missing)(title, () => {
  let small: SmallCloud;
  beforeAll(async () => {
    small = await startSmallCloud();
  });
  afterAll(() => small[Symbol.asyncDispose]());

  test('by the metadata server', () =>
    small.expectEdges((url) =>
      runProgram({ command: 'sh', args: [join(clients, 'curl', 'call.sh'), url], env: small.env }),
    ));
});
