/** What stops a deployment before gcloud is asked, or after. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.mend = mend;
  }
}
