/** What `engines` says, too: undici needs it. */
const OLDEST = '22.19';

/** @throws Error when this Node is older than any that the package runs on */
export function refuseOldNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = OLDEST.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new Error(
    `@run-edges/auth needs Node ${OLDEST} or later; this is Node ${version}. Install a newer one, for example the LTS.`,
  );
}

refuseOldNode();
