import { EmulatorError } from '../internal/errors.ts';
import { isLoopback } from '../internal/own-names.ts';
import type { EmulatorOptions } from './options.ts';

/** What Cloud Run sets in each container. https://docs.cloud.google.com/run/docs/container-contract#env-vars */
const CLOUD_RUN = ['K_SERVICE', 'K_REVISION', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL'];

/**
 * Where gates let everybody in, nobody else may reach them: on this machine alone, and never on Cloud Run.
 * @throws EmulatorError SETTING_INVALID
 */
export function checkLearning(options: EmulatorOptions, env: NodeJS.ProcessEnv = process.env): void {
  if (options.learn !== true) return;
  const { host = '127.0.0.1', names = [], networks, deployed } = options;
  const on = CLOUD_RUN.find((name) => env[name] !== undefined);
  if (on !== undefined)
    throw refused(
      `${on} is set: this is Cloud Run, or plays it`,
      'Learn on a laptop or in CI: nothing is protected while it does.',
    );
  if (!isLoopback(host)) throw refused(`others reach ${host}`, 'Listen on 127.0.0.1, ::1 or localhost.');
  if (names.length > 0) throw refused(`others call this machine ${names.join(', ')}`, 'Leave names out.');
  if (networks !== undefined) throw refused('containers on networks reach the gates', 'Leave networks out.');
  if (deployed === false) throw refused('nothing is deployed', 'Leave deployed out.');
}

function refused(why: string, mend: string): EmulatorError {
  return new EmulatorError('SETTING_INVALID', `The option learn cannot be true where ${why}.`, mend);
}
