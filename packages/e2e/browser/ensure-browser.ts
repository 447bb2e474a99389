import { spawnSync } from 'node:child_process';
import { hasBrowser } from './find-browser.ts';

/** Playwright's own Chromium, and where that cannot be downloaded, Debian's. */
const ways: readonly (readonly string[])[] = [
  ['playwright', 'install', '--with-deps', 'chromium-headless-shell'],
  ['playwright', 'install', 'chromium'],
  ['apt-get', 'update', '-qq'],
  ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium'],
];

for (const [command = '', ...args] of ways) {
  if (hasBrowser()) break;
  console.log(`No Chromium yet: ${command} ${args.join(' ')}`);
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 });
}
if (!hasBrowser()) {
  console.error(
    'No Chromium could be installed. Install one (apt-get install chromium, or npx playwright install chromium) and run again.',
  );
  process.exit(1);
}
