import { DEVELOPER, type Environments } from '@run-edges/emulator';
import { askAsDeveloper } from '../developer-api.ts';
import { answers } from '../emulator-answers.ts';

/** @throws TargetError where what answers does not know the developer's token */
export async function askEnvironments(api: string): Promise<Environments> {
  const path = `/run-edges/v1/environments?${new URLSearchParams({ at: new URL(api).hostname })}`;
  return (await askAsDeveloper(api, path, answers.environments)).environments;
}

/** Whether programs meet the emulator at production addresses: by local ones the developer is told nothing. */
export function isProduction(environments: Environments): boolean {
  return Object.hasOwn(environments, DEVELOPER);
}
