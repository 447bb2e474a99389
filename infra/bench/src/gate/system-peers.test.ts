import { expect, test } from 'vitest';
import { HAPROXY, missing, NGINX } from './system-peers.ts';

test.each(['2.5.0', '2.6.12-1+deb12u4', '2.10', '3.0.1'])('measures HAProxy %s', (version) => {
  expect(missing(HAPROXY, version)).toBeUndefined();
});

test.each(['2.4.99', '2.2.9-2', '1.9'])('says in one line that HAProxy %s is too old', (version) => {
  expect(missing(HAPROXY, version)).toBe(
    `HAProxy with jwt_verify is not measured: haproxy is ${version} here, and 2.5 or newer is needed (Debian: apt-get install haproxy).`,
  );
});

test('says in one line that a peer is not installed', () => {
  expect(missing({ ...NGINX, command: 'no-such-program-of-run-edges' })).toBe(
    'nginx is not measured: no-such-program-of-run-edges is not installed, and 1.11 or newer is needed (Debian: apt-get install no-such-program-of-run-edges).',
  );
});
