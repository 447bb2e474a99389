export type EmulatorErrorCode =
  | 'PORT_TAKEN'
  | 'HOST_UNAVAILABLE'
  | 'NO_SOURCE'
  | 'NO_START_SCRIPT'
  | 'NOT_BUILT'
  | 'CRASHED_AT_START'
  | 'START_TIMEOUT'
  | 'PROBE_FAILED'
  | 'NOT_CARRIED_OUT'
  | 'GROUPS_INVALID'
  | 'PROVIDERS_INVALID'
  | 'STATE_INVALID'
  | 'STATE_NOT_SAVED'
  | 'STATE_EXPOSED'
  | 'FAULT_INVALID'
  | 'NETWORK_MISSING'
  | 'NETWORK_SHARED'
  | 'SETTING_INVALID'
  | 'UNKNOWN_PRINCIPAL'
  | 'NO_ID_TOKEN'
  | 'UNKNOWN_IMAGE'
  | 'NO_SECRETS'
  | 'STOPPING';

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
