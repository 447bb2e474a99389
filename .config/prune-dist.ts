// Takes from a package's dist what no source of it makes any more: a build adds, and a branch leaves its own behind.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

for (const file of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  if (!file.isFile()) continue;
  const built = join(file.parentPath, file.name);
  const source = built.replace(/^dist/, 'src').replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
  if (!existsSync(source) || source.endsWith('.test.ts')) rmSync(built);
}
