/** What a process in namespaces of its own finds of the file system. */
export interface View {
  /** The one folder that is its own, also below a hidden one. */
  readonly own: string;
  /** Files and folders that are empty for it. */
  readonly hidden: readonly string[];
}

export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/** Where commands are that nobody but root writes: a service writes into node_modules/.bin. */
export const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

/**
 * Runs in a user namespace, as its root: hides, then goes on in a second one as the same user as outside. That one cannot
 * take away what was mounted here, as it does not own this mount namespace. In its PID namespace the command sees and
 * signals its own processes alone, and none outlives the first of them. What watches over it stays outside.
 */
const HIDE_AND_RUN = `set -e
unshare=$1 user=$2 group=$3 own=$4 watch=$5 command=$6 path=$PATH
shift 6
PATH=${SYSTEM_PATH}
exec 5<"$own"
for hidden; do
  if [ -d "$hidden" ]; then mount -t tmpfs -o mode=755,size=64k run-edges "$hidden"
  elif [ -e "$hidden" ]; then mount --bind /dev/null "$hidden"
  fi
done
[ -d "$own" ] || mkdir -p "$own"
# With what is mounted below it: in a user namespace nothing of that can be laid open, nor left out.
mount -c --rbind /proc/self/fd/5 "$own"
exec 5<&-
set +e
eval "$watch"
set -- /bin/sh -c "$command"
# Root would keep what it needs to take its own /proc away, and see the one below.
[ "$user" != 0 ] || set -- "$(command -v setpriv)" --bounding-set=-all --inh-caps=-all -- "$@"
PATH=$path exec "$unshare" --map-user="$user" --map-group="$group" --mount --pid --fork --kill-child --mount-proc \\
  -- "$@"
`;

/**
 * The command line that runs a shell's command in namespaces of its own.
 * @param unshare of util-linux, as an absolute path
 * @param watch a shell's command that runs beside it, out of its reach
 * @see user_namespaces(7), mount_namespaces(7), pid_namespaces(7)
 */
export function inNamespaces(
  unshare: string,
  { own, hidden }: View,
  { watch, command }: { readonly watch: string; readonly command: string },
): CommandLine {
  const ids = [process.getuid?.(), process.getgid?.()].map(String);
  const script = ['/bin/sh', '-c', HIDE_AND_RUN, 'run-edges', unshare, ...ids, own, watch, command, ...hidden];
  return { file: unshare, args: ['--map-root-user', '--mount', '--propagation=slave', '--', ...script] };
}
