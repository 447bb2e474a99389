import type { Declaration } from '@run-edges/edges';
import { EmulatorError } from '../internal/errors.ts';

/** An option for a service that is not there would do nothing, unseen. @throws EmulatorError SETTING_INVALID */
export function checkServiceNames(
  options: Readonly<Record<string, object | undefined>>,
  { services }: Declaration,
): void {
  for (const [option, byService] of Object.entries(options)) {
    const unknown = Object.keys(byService ?? {}).find((name) => !services.some((service) => service.name === name));
    if (unknown === undefined) continue;
    throw new EmulatorError(
      'SETTING_INVALID',
      `The option ${option} names ${JSON.stringify(unknown)}, which is no service.`,
      `Declared: ${services.map(({ name }) => name).join(', ')}.`,
    );
  }
}
