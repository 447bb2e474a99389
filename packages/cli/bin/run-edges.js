#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const main = new URL('../dist/main.js', import.meta.url);
const fail = (message) => {
  process.stderr.write(`run-edges: ${message}\n`);
  process.exitCode = 1;
};

if (Number(process.versions.node.split('.')[0]) < 24) {
  fail(
    `this is Node ${process.versions.node}; the command needs 24 or later. A clone brings its own: npm run --silent run-edges -- COMMAND, from elsewhere with --prefix CLONE.`,
  );
} else if (existsSync(main)) {
  module.enableCompileCache();
  const loaded = await import(main.href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    fail(`a part of the command is not built or not installed: ${error.message.split('\n')[0]}. Run npm run build.`);
  });
  await loaded?.main(process.argv);
} else {
  fail('the command is not built: packages/cli/dist/main.js is missing. Run npm run build.');
}
