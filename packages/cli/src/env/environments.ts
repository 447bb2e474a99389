import type { Environments } from '@run-edges/emulator';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';

/** @throws TargetError where what answers does not know the developer's token */
export async function askEnvironments(api: string): Promise<Environments> {
  const path = `/run-edges/v1/environments?${new URLSearchParams({ at: new URL(api).hostname })}`;
  return (await askAsDeveloper(api, path, answers.environments)).environments;
}
