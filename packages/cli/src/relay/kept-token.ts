/** A token is good for an hour; another one is asked for long before. */
const KEPT_MS = 300_000;

/** Asks once for many that want one at the same time, and again where asking failed. */
export function keptToken(
  ask: () => Promise<string>,
  now: () => number = () => performance.now(),
): () => Promise<string> {
  let kept: { readonly token: Promise<string>; readonly until: number } | undefined;
  return () => {
    if (kept === undefined || kept.until <= now()) {
      const token = ask();
      const asked = { token, until: now() + KEPT_MS };
      kept = asked;
      token.catch(() => {
        if (kept === asked) kept = undefined;
      });
    }
    return kept.token;
  };
}
