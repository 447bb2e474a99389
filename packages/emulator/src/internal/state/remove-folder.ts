import { readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/**
 * Removes a folder and what is below it, unless something is mounted there: a service that runs as root in no namespace of
 * its own can mount the disk into its folder, and to remove that would be to remove the disk.
 * @throws Error that names what is mounted
 */
export async function removeFolder(path: string): Promise<void> {
  refuseMounts(path);
  await rm(path, { recursive: true, force: true });
}

/** The same while the process ends. */
export function removeFolderNow(path: string): void {
  refuseMounts(path);
  rmSync(path, { recursive: true, force: true });
}

function refuseMounts(path: string): void {
  const mounted = mountPoints().find((point) => point === path || point.startsWith(`${path}/`));
  if (mounted === undefined) return;
  throw new Error(`${path} stays, since something is mounted at ${mounted}. Unmount it, then remove the folder.`);
}

/** Where something is mounted. Only Linux lets services mount, and tells. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
function mountPoints(): string[] {
  let table: string;
  try {
    table = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return [];
  }
  return table.split('\n').map((line) => (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, unescapeOctal));
}

function unescapeOctal(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}
