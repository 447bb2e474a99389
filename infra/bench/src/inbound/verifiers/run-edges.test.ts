import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import type { GoogleHandlers } from '../../google/google.ts';
import { startProgram } from '../../processes/start-program.ts';
import { TOKENS } from '../settings.ts';
import { prepare } from './run-edges.ts';

test('no token of the bench is remembered when its turn comes again', async () => {
  await using google = startProgram<GoogleHandlers>('google/google.ts', { role: 'helper' });
  const audience = 'https://search-123456789012.europe-west1.run.app';
  const settings = { ...(await google.call('open')), audience };
  const tokens = await google.call('sign', { audience, count: TOKENS });
  const verify = await prepare(settings);

  let verified = 0;
  const count = (): void => {
    verified += 1;
  };
  subscribe('run-edges:auth:caller-verified', count);
  for (const token of [...tokens, ...tokens]) await verify(token);
  unsubscribe('run-edges:auth:caller-verified', count);
  expect(verified).toBe(2 * TOKENS);
}, 30_000);
