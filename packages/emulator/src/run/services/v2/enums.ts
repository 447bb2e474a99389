import { GoogleError } from '../../../internal/google-api/google-error.ts';

/**
 * Enums of the v2 API: their names in the order of their numbers, the unspecified one first. Client libraries send
 * numbers, Terraform names; answers have names.
 */
export const enums = {
  ingress: [
    'INGRESS_TRAFFIC_UNSPECIFIED',
    'INGRESS_TRAFFIC_ALL',
    'INGRESS_TRAFFIC_INTERNAL_ONLY',
    'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
    'INGRESS_TRAFFIC_NONE',
  ],
  launchStage: [
    'LAUNCH_STAGE_UNSPECIFIED',
    'EARLY_ACCESS',
    'ALPHA',
    'BETA',
    'GA',
    'DEPRECATED',
    'UNIMPLEMENTED',
    'PRELAUNCH',
  ],
  traffic: [
    'TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED',
    'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST',
    'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION',
  ],
  instanceSplit: [
    'INSTANCE_SPLIT_ALLOCATION_TYPE_UNSPECIFIED',
    'INSTANCE_SPLIT_ALLOCATION_TYPE_LATEST',
    'INSTANCE_SPLIT_ALLOCATION_TYPE_REVISION',
  ],
  executionEnvironment: [
    'EXECUTION_ENVIRONMENT_UNSPECIFIED',
    'EXECUTION_ENVIRONMENT_GEN1',
    'EXECUTION_ENVIRONMENT_GEN2',
  ],
  scalingMode: ['SCALING_MODE_UNSPECIFIED', 'AUTOMATIC', 'MANUAL'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The name of an enum's value; undefined where it is not said. @throws GoogleError INVALID_ARGUMENT */
export function enumName<T extends readonly string[]>(names: T, value: unknown, field: string): T[number] | undefined {
  if (value === undefined || value === null || value === 0 || value === '' || value === names[0]) return undefined;
  const name = typeof value === 'number' ? names[value] : names.find((one) => one === value);
  if (name === undefined) throw new GoogleError('INVALID_ARGUMENT', `Invalid value at '${field}': ${value}.`);
  return name;
}
