import { type Dir, opendirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

/** The ends of a connection that was accepted, as `net.Socket` has them. */
export interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The PID namespace of this process, as all are named here: `pid:[NUMBER]`. */
export function ownNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

/**
 * How many open files are looked at in the asker's own namespaces, and in those of others. A service decides how many there
 * are, and everybody waits meanwhile. What is not looked at is not found, and who is not found gets nothing.
 */
const MOST_DESCRIPTORS = 8_192;

/**
 * The PID namespaces of the processes that hold the other end of a connection, as far as this process may see them;
 * `elsewhere` where it comes from another machine, or from a container with a network of its own. This process's own
 * namespace is looked at where no other one holds it: who lends a connection out of its namespace gets nothing by it.
 * @param likely the namespaces of those who may hold it, looked at first
 * @see proc_pid_net(5) and proc_pid_fd(5)
 */
export function findHolders(ends: Ends, likely: readonly string[]): readonly string[] | 'elsewhere' {
  const inode = inodeOfOtherEnd(ends);
  if (inode === undefined) return isLoopback(ends.remoteAddress) ? [] : 'elsewhere';
  const own = ownNamespace();
  const processes = processesByNamespace();
  const services = [...processes].filter(([namespace]) => namespace !== own);
  const holding = (namespaces: typeof services) => {
    const budget = { left: MOST_DESCRIPTORS };
    return namespaces.filter(([, pids]) => pids.some((pid) => holdsSocket(pid, inode, budget))).map(([name]) => name);
  };
  const others = [
    ...holding(services.filter(([namespace]) => likely.includes(namespace))),
    ...holding(services.filter(([namespace]) => !likely.includes(namespace))),
  ];
  if (others.length > 0) return others;
  const unbounded = { left: Number.POSITIVE_INFINITY };
  return processes.get(own)?.some((pid) => holdsSocket(pid, inode, unbounded)) ? [own] : [];
}

/** Whether the other end of a connection is held by this very process: what asks runs where this code does. */
export function isHeldHere(ends: Ends): boolean {
  const inode = inodeOfOtherEnd(ends);
  return inode !== undefined && holdsSocket('self', inode, { left: MOST_DESCRIPTORS });
}

/** The socket of the other end; '0' where its process has closed it; undefined where there is none on this machine. */
function inodeOfOtherEnd({ localAddress, localPort, remoteAddress, remotePort }: Ends): string | undefined {
  for (const [file, spell] of [
    ['tcp', ipv4],
    ['tcp6', ipv6],
  ] as const) {
    const [theirs, ours] = [spell(remoteAddress), spell(localAddress)];
    if (theirs === undefined || ours === undefined) continue;
    const row = ` ${theirs}:${port(remotePort)} ${ours}:${port(localPort)} `;
    const line = linesOf(`/proc/net/${file}`).find((one) => one.includes(row));
    if (line !== undefined) return line.trim().split(/\s+/)[9];
  }
  return undefined;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}

/** The newest processes first: whoever asks has often just been started. */
function processesByNamespace(): Map<string, string[]> {
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  const found = new Map<string, string[]>();
  for (const pid of pids.reverse()) {
    const namespace = linkAt(`/proc/${pid}/ns/pid`);
    if (namespace === undefined) continue;
    const others = found.get(namespace);
    if (others === undefined) found.set(namespace, [pid]);
    else others.push(pid);
  }
  return found;
}

function holdsSocket(pid: string, inode: string, budget: { left: number }): boolean {
  const wanted = `socket:[${inode}]`;
  for (const fd of descriptorsOf(pid)) {
    if (budget.left <= 0) return false;
    budget.left -= 1;
    if (linkAt(`/proc/${pid}/fd/${fd}`) === wanted) return true;
  }
  return false;
}

/** One after another: there may be very many. None where the process is gone, or of somebody else. */
function* descriptorsOf(pid: string): Generator<string> {
  let folder: Dir | undefined;
  try {
    folder = opendirSync(`/proc/${pid}/fd`);
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry.name;
  } catch {
    // Who is not found is nobody.
  } finally {
    folder?.closeSync();
  }
}

/** None where the folder cannot be read now. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Where the link leads; undefined where it is gone, or of a process of somebody else. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isLoopback(address = ''): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address);
}

/** As the kernel writes ports and addresses: in words of four bytes, each as this machine keeps it. */
function port(number = 0): string {
  return number.toString(16).toUpperCase().padStart(4, '0');
}

function ipv4(address = ''): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return isIPv4(plain) ? words(plain.split('.').map(Number)) : undefined;
}

function ipv6(address = ''): string | undefined {
  return words(bytesOf(address));
}

function words(bytes: readonly number[]): string {
  const reverse = endianness() === 'LE';
  const hex = bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  const found: string[] = [];
  for (let at = 0; at < hex.length; at += 4) {
    const word = hex.slice(at, at + 4);
    found.push((reverse ? word.reverse() : word).join(''));
  }
  return found.join('');
}

/** The 16 bytes of an address of either family, an IPv4 one as IPv6 has it. */
function bytesOf(address: string): number[] {
  const [plain = ''] = address.split('%');
  const mapped = isIPv4(plain) ? `::ffff:${plain}` : plain;
  const text = mapped.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) =>
    [0, 2].map((at) => (Number(parts[at]) * 256 + Number(parts[at + 1])).toString(16)).join(':'),
  );
  const [head = '', tail] = text.split('::');
  const groups = (part = '') => (part === '' ? [] : part.split(':'));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
