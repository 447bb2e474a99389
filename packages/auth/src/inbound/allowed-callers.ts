/** Nobody: no token can carry an address under a domain that cannot exist (RFC 2606 section 2). */
const NOBODY = 'nobody@run-edges.invalid';

/**
 * `allowedCallers` from the variable ALLOWED_CALLERS: addresses with commas between. None is nobody, as of a service that no
 * edge leads to, and never everybody; `*` alone is null, every caller whose token is valid, as where a group has an edge.
 * A variable that is not set is undefined, and refused as the option.
 *
 * @example callerAuth({ allowedCallers: allowedCallersFrom(process.env.ALLOWED_CALLERS), ...others })
 */
export function allowedCallersFrom(variable: string | undefined): readonly string[] | null {
  // The options say what is wrong with it.
  if (typeof variable !== 'string') return variable as never;
  const listed = variable
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  if (listed.length === 1 && listed[0] === '*') return null;
  return listed.length === 0 ? [NOBODY] : listed;
}
