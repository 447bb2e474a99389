/** A binding of an IAM policy, as gcloud prints it. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

export interface Condition {
  readonly title?: string;
  readonly description?: string;
  readonly expression: string;
}
