/** A repository in which there is nothing to begin with. */
export class InitError extends Error {
  override readonly name = 'InitError';
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}
