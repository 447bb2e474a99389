/** A failure that its reader can mend: `message` says what is wrong, `mend` what to do about it. */
export abstract class MendableError extends Error {
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.mend = mend;
  }
}
