"""`gcloud`, as the tests meet it: has one command run in a fork of the gcloud that server.py has loaded, as if it ran here.

Arguments, environment, working directory, umask and the three standard streams go to the server; signals go to the
command; its end is this process's end. What the server could not do in the same way is left to the real gcloud.
server.py writes the first lines: SOCKET, where it listens, and REAL, the gcloud of this machine. To start in a few
milliseconds this imports nothing but what is built into Python.
"""

import _signal
import _socket
import posix
import sys

FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM)


def is_plain():
    """Whether the three streams are open, none of them a terminal, and no argument is a descriptor of this process."""
    try:
        for fd in range(3):
            posix.fstat(fd)
    except OSError:
        return False
    named = any('/dev/fd/' in arg or '/proc/self/' in arg for arg in sys.argv)
    return not named and not any(map(posix.isatty, range(3)))


def connect():
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(SOCKET)
    return connection


def ask(connection):
    mask = posix.umask(0)
    posix.umask(mask)
    encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    args = [arg.encode(*encoding) for arg in sys.argv[1:]]
    variables = [name + b'=' + value for name, value in posix.environ.items()]
    request = b'\0'.join([b'%d' % mask, b'%d' % len(args), *args, *variables])
    here = posix.open('.', posix.O_RDONLY)
    fds = b''.join(fd.to_bytes(4, sys.byteorder) for fd in (0, 1, 2, here))
    connection.sendmsg([len(request).to_bytes(4, 'big')], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)])
    connection.sendall(request)


def forward_signals(connection):
    def forward(number, _frame):
        try:
            connection.send(bytes((number,)))
        except OSError:
            # The command has just ended.
            pass

    for number in FORWARDED:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, forward)


def end_as(status):
    if posix.WIFSIGNALED(status):
        number = posix.WTERMSIG(status)
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        posix.kill(posix.getpid(), number)
    posix._exit(posix.WEXITSTATUS(status))


def main():
    try:
        connection = connect() if is_plain() else None
    except OSError:
        connection = None
    if connection is None:
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
        posix.execve(REAL, ['gcloud', *sys.argv[1:]], posix.environ)
    ask(connection)
    forward_signals(connection)
    answer = connection.recv(4)
    if len(answer) != 4:
        posix.write(2, b'The gcloud of the tests is gone: server.py ended before this command.\n')
        posix._exit(70)
    end_as(int.from_bytes(answer, 'big'))


main()
