/** What each {@link EmulatorErrorCode} means. */
export const EMULATOR_ERRORS = {
  PORT_TAKEN: 'Another program listens on a port that was asked for.',
  HOST_UNAVAILABLE: 'This machine has no such address to listen on.',
  NO_SOURCE: 'The folder that should hold a service, a job or a worker pool is not there.',
  NO_START_SCRIPT: 'The folder has no package.json with a start script, and no command was declared.',
  NOT_BUILT: 'The program that the start script runs is not there yet.',
  CRASHED_AT_START: 'The process ended before it listened.',
  START_TIMEOUT: 'The process did not listen in time.',
  PROBE_FAILED: 'The startup probe of a revision failed too often.',
  NOT_CARRIED_OUT: 'A setting of what was deployed cannot be carried out here.',
  GROUPS_INVALID: 'What was given as groups and their members is none.',
  PROVIDERS_INVALID: 'What was given as workload identity providers is none.',
  STATE_INVALID: 'The state that was kept in the state folder cannot be read.',
  STATE_NOT_SAVED: 'A change cannot be kept in the state folder, and was undone.',
  STATE_EXPOSED: 'The state folder holds the source of a service, which could read the keys in it.',
  FAULT_INVALID: 'There is no such fault, or not with this value.',
  NETWORK_MISSING: 'A service has no network in which the emulator is known by its name.',
  NETWORK_SHARED: 'Two services share a network, so that neither is known by it.',
  SETTING_INVALID: 'An option or a parameter is misspelled, or of the wrong kind.',
  UNKNOWN_PRINCIPAL: 'No service or caller has this name.',
  NO_ID_TOKEN: 'A caller has no ID token for this audience: nobody would give it one.',
  UNKNOWN_IMAGE: 'Nothing here stands for the image that was deployed.',
  NO_SECRETS: 'A deployed service wants secrets, and there is no Secret Manager here.',
  SUPERSEDED: 'A revision was given up before it was up: its service was changed again.',
  NOT_IDLE: 'Messages or tasks were still due or under way when a wait for them ended.',
  STOPPING: 'The emulator is being stopped.',
} as const;

export type EmulatorErrorCode = keyof typeof EMULATOR_ERRORS;

/** A failure that its reader can mend: `message` says what is wrong, `mend` what to do. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError';
  readonly code: EmulatorErrorCode;
  readonly mend: string;

  constructor(code: EmulatorErrorCode, message: string, mend: string) {
    super(message);
    this.code = code;
    this.mend = mend;
  }
}
