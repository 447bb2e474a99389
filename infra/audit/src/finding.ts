/** What one of the checks has to say. Only `bad` fails the audit. */
export interface Finding {
  readonly check: 'audit' | 'licences' | 'secrets';
  readonly state: 'good' | 'bad' | 'not checked';
  /** A line for each thing found, or one that says what was looked at. */
  readonly lines: readonly string[];
}
