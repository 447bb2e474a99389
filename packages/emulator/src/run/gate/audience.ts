/**
 * Which audiences a service accepts: each of its URLs, with or without a path below it, and its custom audiences
 * byte for byte. A query or a fragment is refused, and so is the URL of a tag.
 * @param paths whether a path may be more than a slash
 * @see https://docs.cloud.google.com/run/docs/configuring/custom-audiences
 */
export function acceptsAudience(
  audience: string,
  origins: readonly string[],
  customAudiences: readonly string[],
  paths = true,
): boolean {
  if (customAudiences.includes(audience)) return true;
  for (const origin of origins) {
    if (!audience.startsWith(origin)) continue;
    if (audience.length === origin.length) return true;
    if (audience.length === origin.length + 1 && audience.endsWith('/')) return true;
    if (paths && audience[origin.length] === '/' && !/[?#]/.test(audience)) return true;
  }
  return false;
}
