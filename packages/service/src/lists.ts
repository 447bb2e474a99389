/** The items of a variable that joins them by commas. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

/**
 * Reads ALLOWED_CALLERS. No address at all means nobody (a service that no edge leads to), never everybody; `nobody` is no
 * address, so no token can carry it.
 */
export function allowedCallers(value: string): string[] {
  const callers = listOf(value);
  return callers.length > 0 ? callers : ['nobody'];
}
