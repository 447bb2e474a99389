#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';

// What a clone has built, it has as one file, too, which starts sooner.
const bundle = new URL('../dist/bundle/dist/', import.meta.url);
const [main, own] = existsSync(bundle)
  ? [new URL('main.js', bundle), new URL('demo.js', bundle)]
  : [new URL('../dist/main.js', import.meta.url), new URL('../dist/demo/demo.js', import.meta.url)];
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [major, minor] = engines.node.match(/\d+/g).map(Number);
const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
const fail = (message) => {
  process.stderr.write(`run-edges: ${message}\n`);
  process.exitCode = 1;
};

const { bun, deno } = process.versions;

if (bun !== undefined || deno !== undefined) {
  fail(
    `the command runs on Node alone; this is ${bun ? `Bun ${bun}` : `Deno ${deno}`}. npx run-edges takes Node, as bunx does without --bun.`,
  );
} else if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  fail(
    `this is Node ${process.versions.node}; the command needs ${major}.${minor} or later. npm install --save-dev node@24 brings one for npx, and a clone of run-edges has its own: npm run --silent run-edges -- COMMAND.`,
  );
} else if (existsSync(main)) {
  module.enableCompileCache();
  const loaded = await import(main.href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    fail(`a part of the command is not built or not installed: ${error.message.split('\n')[0]}. Run npm run build.`);
  });
  // Apps of this repository alone, which the package does not have.
  const { demo } = existsSync(own) ? await import(own.href) : {};
  await loaded?.main(process.argv, demo);
} else {
  fail('the command is not built: packages/cli/dist/main.js is missing. Run npm run build.');
}
