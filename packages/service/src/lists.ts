/** The items of a variable that joins them by commas. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

/**
 * Reads ALLOWED_CALLERS. No address at all means nobody (a service that no edge leads to), never everybody: the
 * address given then is under a domain that cannot exist, so no token can carry it (RFC 2606, section 2). `*` alone is
 * null, everybody whose token is valid: a group or a domain has an edge, and Cloud Run alone knows who belongs to it.
 */
export function allowedCallers(value: string): string[] | null {
  if (value === '*') return null;
  const callers = listOf(value);
  return callers.length > 0 ? callers : ['nobody@run-edges.invalid'];
}
