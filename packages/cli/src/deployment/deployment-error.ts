import { MendableError } from '../mendable-error.ts';

/** What stops a deployment before gcloud is asked, or after. */
export class DeploymentError extends MendableError {
  override readonly name = 'DeploymentError';
}
