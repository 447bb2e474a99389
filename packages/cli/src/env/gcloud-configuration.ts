import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GcloudProperty } from './emulator-settings.ts';

const NAME = 'run-edges';

/**
 * Writes a configuration folder that CLOUDSDK_CONFIG can name. Without `active_config` gcloud would make an empty
 * configuration and use that.
 */
export async function writeGcloudConfiguration(folder: string, properties: readonly GcloudProperty[]): Promise<void> {
  const sections = [...new Set(properties.map(({ section }) => section))];
  const lines = sections.flatMap((section) => [
    `[${section}]`,
    ...properties.filter((one) => one.section === section).map(({ property, value }) => `${property} = ${value}`),
    '',
  ]);
  await mkdir(join(folder, 'configurations'), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'configurations', `config_${NAME}`), lines.join('\n'), { mode: 0o600 });
  await writeFile(join(folder, 'active_config'), NAME, { mode: 0o600 });
}

/** The environment variable that sets a property. */
export function variableOf({ section, property }: GcloudProperty): string {
  return `CLOUDSDK_${section}_${property}`.toUpperCase();
}
