import { checkAdvisories } from './advisories.ts';
import { checkLicences } from './licences.ts';
import { checkSecrets } from './secrets.ts';

for (const { check, state, lines } of await Promise.all([checkAdvisories(), checkLicences(), checkSecrets()])) {
  for (const line of lines) console.log(`${state === 'bad' ? 'BAD ' : ''}${check}: ${line}`);
  if (state === 'bad') process.exitCode = 1;
}
