/** What there is to import cannot be read, or makes no declaration. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.mend = mend;
  }
}
