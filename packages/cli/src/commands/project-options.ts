import { type Command, InvalidArgumentError } from 'commander';

export interface ProjectFlags {
  readonly project: string;
  readonly region: string;
}

/** `--project` and `--region`, as every command that talks with a project takes them. */
export function addProjectOptions(command: Command): Command {
  return command
    .requiredOption('--project <id>', 'Google Cloud project', projectId)
    .option('--region <region>', 'Cloud Run region', regionName, 'us-central1');
}

/** https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin */
export function isProjectId(text: string): boolean {
  return /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text);
}

export function projectId(text: string): string {
  if (!isProjectId(text))
    throw new InvalidArgumentError('It takes a project id: 6 to 30 lower-case letters, digits and hyphens.');
  return text;
}

export function regionName(text: string): string {
  if (!/^[a-z]+-[a-z]+\d+$/.test(text)) throw new InvalidArgumentError('It takes a region such as europe-west1.');
  return text;
}

/** `--flag service=value`, repeated. */
export function servicePairs(read: (text: string) => string) {
  return (pair: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
    const at = pair.indexOf('=');
    if (at < 1) throw new InvalidArgumentError('It takes SERVICE=VALUE.');
    return new Map([...before, [pair.slice(0, at), read(pair.slice(at + 1))]]);
  };
}

/** An IAM member such as `user:ada@example.com`. */
export function member(text: string): string {
  if (!/^(?:user|group|serviceAccount):[^\p{C}\p{Z}@]+@[^\p{C}\p{Z}@]+$/u.test(text))
    throw new InvalidArgumentError('It takes user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS.');
  return text;
}
