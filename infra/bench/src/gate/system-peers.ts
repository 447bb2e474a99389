import { installedVersion } from '../processes/system-program.ts';

/** A peer that the system brings, by its maker's name and what of it is used. */
export interface SystemPeer {
  /** The program, and Debian's package. */
  readonly command: string;
  readonly says: string;
  /** The first version that has what is measured. */
  readonly since: string;
}

export const HAPROXY: SystemPeer = { command: 'haproxy', says: 'HAProxy with jwt_verify', since: '2.5' };
export const NGINX: SystemPeer = { command: 'nginx', says: 'nginx', since: '1.11' };

/** Why a peer cannot be measured here, and what mends it; undefined where it can be. */
export function missing({ command, says, since }: SystemPeer, version = installedVersion(command)): string | undefined {
  if (version !== undefined && !isBefore(version, since)) return undefined;
  const found = version === undefined ? 'is not installed' : `is ${version} here`;
  return `${says} is not measured: ${command} ${found}, and ${since} or newer is needed (Debian: apt-get install ${command}).`;
}

/** @param since MAJOR.MINOR */
function isBefore(version: string, since: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number.parseFloat);
  const [least = 0, leastMinor = 0] = since.split('.').map(Number);
  return major < least || (major === least && minor < leastMinor);
}
