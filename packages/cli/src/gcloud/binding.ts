/** A binding of an IAM policy, as gcloud prints it. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title?: string; readonly expression: string };
}
