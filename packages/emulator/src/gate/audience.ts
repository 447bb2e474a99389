/**
 * Which audiences a service accepts: each of its URLs, with or without a path below it, and its custom audiences
 * byte for byte. A query or a fragment is refused, and so is the URL of a tag.
 * @see https://docs.cloud.google.com/run/docs/configuring/custom-audiences
 */
export function acceptsAudience(
  audience: string,
  origins: readonly string[],
  customAudiences: readonly string[],
): boolean {
  if (customAudiences.includes(audience)) return true;
  for (const origin of origins) {
    if (!audience.startsWith(origin)) continue;
    if (audience.length === origin.length) return true;
    if (audience[origin.length] === '/' && !/[?#]/.test(audience)) return true;
  }
  return false;
}

/** OAuth clients of gcloud: for `gcloud auth login`, and for `gcloud auth application-default login`. */
const gcloudClientIds: ReadonlySet<unknown> = new Set([
  '32555940559.apps.googleusercontent.com',
  '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
]);

/** Whether an audience is gcloud itself. Cloud Run accepts it for users alone, so that developers can call their services. */
export function isGcloud(audience: unknown): boolean {
  return gcloudClientIds.has(audience);
}
