import { expect, test } from 'vitest';
import { refuseOldNode } from './node-version.ts';

test.each(['22.19.0', '22.23.5', '24.0.0', '26.1.0'])('Node %s is taken', (version) => {
  expect(() => refuseOldNode(version)).not.toThrow();
});

test.each(['18.20.8', '20.20.2', '22.18.9', '22.9.0', '21.99.0'])('Node %s is refused in one line', (version) => {
  expect(() => refuseOldNode(version)).toThrow(
    new Error(
      `@run-edges/auth needs Node 22.19 or later; this is Node ${version}. Install a newer one, for example the LTS.`,
    ),
  );
});
