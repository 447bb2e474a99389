export { assertCleanEncoded, UncleanTextError } from './clean-text.ts';
export { createService, type Service, type ServiceOptions } from './create-service.ts';
export type { ReadyCheck } from './health.ts';
export { listOf } from './lists.ts';
export { ConfigError, type ConfigSchema, commonVariables, loadConfig, readConfig, urlVariable } from './load-config.ts';
export { invalidInput, type Problem, sendProblem, toProblem } from './problem.ts';
export type { FromSchema, SchemaTypes } from './schema-types.ts';
export { type StartOptions, startService } from './start-service.ts';
export type { Trace } from './trace.ts';
