import { formsOf, SECRET_FIELD } from '../safe-cause.ts';
import { isPlain } from '../secret-forms.ts';

/** Variables that google-auth-library reads, besides those that say where files and the metadata server are. */
const READ = [
  'GOOGLE_CLOUD_QUOTA_PROJECT',
  'GOOGLE_API_CERTIFICATE_CONFIG',
  'METADATA_SERVER_DETECTION',
  'DETECT_GCP_RETRIES',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
];

/** What an error must not tell of the variables that are read. */
export function secretsInVariables(): string[] {
  return READ.flatMap((name) => secretsIn(process.env[name], name));
}

/**
 * What an error must not tell of a credentials file, whoever quotes it: what its name says to be secret, and what does not
 * look like anything else. A secret may have been put into any field.
 */
export function secretsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return secretTexts(value, name).flatMap(formsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, each]) => secretsIn(each, ALL_SECRET.test(name) ? name : inner));
}

/** Whose value is told by nobody, nor what stands in it: a program's arguments, headers; a word that a library quotes. */
const ALL_SECRET = /^(?:command|headers|METADATA_SERVER_DETECTION)$/;

/** What is so short in a larger text tells nothing of it, and may stand in many a message. */
const SHORT = 8;

function secretTexts(value: string, name: string): string[] {
  const { username = '', password = '', searchParams } = URL.parse(value) ?? {};
  const parts = [username, password, ...(searchParams?.values() ?? [])];
  if (isPlain(value) && !SECRET_FIELD.test(name) && !ALL_SECRET.test(name)) return parts;
  // Messages also hold pieces: the host of what is taken for a URL, a line, a member of JSON.
  return [value, value.trim(), ...value.split(/[\s/:@?&=#"'\\,{}]+/).filter((part) => part.length > SHORT), ...parts];
}
