import type { Declaration } from '@run-edges/edges';
import { EmulatorError } from '../internal/errors.ts';

type Options = Readonly<Record<string, object | undefined>>;

/** An option for a service that is not there would do nothing, unseen. @throws EmulatorError SETTING_INVALID */
export function checkServiceNames(options: Options, { services }: Declaration): void {
  refuseUnknown(options, 'service', services);
}

/** The same of an option that jobs and worker pools have, too. @throws EmulatorError SETTING_INVALID */
export function checkWorkloadNames(options: Options, declaration: Declaration): void {
  const { services, jobs = [], workerPools = [] } = declaration;
  const others = jobs.length + workerPools.length > 0;
  refuseUnknown(options, others ? 'service, job or worker pool' : 'service', [...services, ...jobs, ...workerPools]);
}

/** The same of one that receivers of others have as well. @throws EmulatorError SETTING_INVALID */
export function checkFrontNames(options: Options, declaration: Declaration): void {
  const { external = [], ...own } = declaration;
  if (external.length === 0) checkWorkloadNames(options, declaration);
  else refuseUnknown(options, 'service or receiver', [...own.services, ...(own.workerPools ?? []), ...external]);
}

function refuseUnknown(options: Options, kind: string, declared: readonly { readonly name: string }[]): void {
  for (const [option, byName] of Object.entries(options)) {
    const unknown = Object.keys(byName ?? {}).find((name) => !declared.some((one) => one.name === name));
    if (unknown === undefined) continue;
    throw new EmulatorError(
      'SETTING_INVALID',
      `The option ${option} names ${JSON.stringify(unknown)}, which is no ${kind}.`,
      `Declared: ${declared.map(({ name }) => name).join(', ')}.`,
    );
  }
}
