/** Annotations by which v1 says what has a field of its own in v2. */
export const v1 = {
  description: 'run.googleapis.com/description',
  client: 'run.googleapis.com/client-name',
  clientVersion: 'run.googleapis.com/client-version',
  launchStage: 'run.googleapis.com/launch-stage',
  scalingMode: 'run.googleapis.com/scalingMode',
  manualInstanceCount: 'run.googleapis.com/manualInstanceCount',
  cpuThrottling: 'run.googleapis.com/cpu-throttling',
  startupCpuBoost: 'run.googleapis.com/startup-cpu-boost',
  executionEnvironment: 'run.googleapis.com/execution-environment',
  sessionAffinity: 'run.googleapis.com/sessionAffinity',
  /** JSON of the v2 fields that v1 has no word for here: nothing on this machine heeds them, but they must not be lost. */
  more: 'run-edges/v2',
} as const;

/** Whether an annotation or a label is Cloud Run's own, which v2 does not show. */
export function isSystems(name: string): boolean {
  return name === v1.more || /^(.*\.)?(run\.googleapis\.com|cloud\.googleapis\.com|knative\.dev)\//.test(name);
}

export function usersOwn(map: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => !isSystems(name)));
}

/** The entries that have a value. */
export function present<T>(entries: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, T] => entry[1] !== undefined));
}

export function more(annotations: Readonly<Record<string, string>> | undefined): Record<string, unknown> {
  const json = annotations?.[v1.more];
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
