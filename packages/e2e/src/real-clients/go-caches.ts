import { join } from 'node:path';
import { cache } from './toolchain.ts';

/** The tests' own caches, writable so that they can be deleted; the Go that is here, whatever go.mod would like. */
export const goCaches = {
  GOMODCACHE: join(cache, 'go', 'mod'),
  GOCACHE: join(cache, 'go', 'build'),
  GOFLAGS: '-modcacherw',
  GOTOOLCHAIN: 'local',
  CGO_ENABLED: '0',
};
