"""Runs commands of the real gcloud in forks of one process that has loaded it, for what a process of its own loads anew
takes longer than most commands do. client.py brings the commands.

    CLOUDSDK_PYTHON_ARGS='-S server.py' gcloud FOLDER

gcloud's own start script so chooses Python and its libraries, and says where gcloud.py is. Writes FOLDER/bin/gcloud,
listens at FOLDER/socket, and then prints a line. Ends when its standard input does: then its commands are killed, and
the folder is gone. Loads gcloud when the first command comes.
"""

import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback

# Beside the sources nothing is kept; of gcloud's own files, what it always keeps.
keep_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
from fresh import Loaded, default_signals, finish  # noqa: E402

sys.dont_write_bytecode = not keep_bytecode

# Whoever sends a command is local, and sends it at once.
LONGEST_REQUEST_SECONDS = 10
FDS = 4
# Bytes. Less than a pipe holds.
LONGEST_REPORT = 2**15


class Server:
    def __init__(self, entry_point, real, folder):
        self.entry_point, self.real, self.folder = entry_point, real, folder
        self.loaded = None
        self.jobs = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, 'socket'))
        self.listener.listen(128)
        self.ended, self.wake = socket.socketpair()
        for end in (self.ended, self.wake):
            end.setblocking(False)

    def serve(self):
        signal.set_wakeup_fd(self.wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.selector.register(0, selectors.EVENT_READ)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.ended, selectors.EVENT_READ, self.reap)
        try:
            while True:
                for key, _ in self.selector.select():
                    if key.fd == 0:
                        return
                    # It may have gone as another was looked at.
                    if key.fileobj in self.selector.get_map():
                        key.data()
        finally:
            for job in self.jobs.values():
                os.kill(job.pid, signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)

    def accept(self):
        connection, _ = self.listener.accept()
        try:
            connection.settimeout(LONGEST_REQUEST_SECONDS)
            fds, request = receive(connection)
        except (OSError, ValueError):
            connection.close()
            return
        self.loaded = self.loaded or Loaded(self.entry_point)
        job = Job(self, connection)
        # Nothing that was loaded is looked through, nor copied for that, in the forks.
        gc.freeze()
        job.pid = os.fork()
        if job.pid == 0:
            self.become(job, fds, request)
        for fd in fds:
            os.close(fd)
        os.close(job.its_report)
        self.jobs[job.pid] = job
        self.selector.register(connection, selectors.EVENT_READ, job.signal)

    def become(self, job, fds, request):
        """In the fork."""
        code = 1
        try:
            default_signals()
            self.close(job)
            mask, args, variables = request
            os.umask(mask)
            os.fchdir(fds[3])
            for place in range(3):
                os.dup2(fds[place], place)
            for fd in fds:
                os.close(fd)
            code = self.loaded.run(args, variables, self.real)
            finish()
            os.write(job.its_report, '\n'.join(self.loaded.news()).encode()[:LONGEST_REPORT])
        except BaseException:
            traceback.print_exc()
        finally:
            # Without taking to pieces all that was loaded, and never back into the server.
            os._exit(code)

    def close(self, *jobs):
        jobs = [*self.jobs.values(), *jobs]
        for one in (self.selector, self.listener, self.ended, self.wake, *(job.connection for job in jobs)):
            one.close()
        for job in jobs:
            os.close(job.report)

    def reap(self):
        self.ended.recv(4096)
        for pid, job in list(self.jobs.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended == 0:
                continue
            del self.jobs[pid]
            if job.connection in self.selector.get_map():
                self.selector.unregister(job.connection)
            job.end(status)


class Job:
    """A command that runs, and who waits for it."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.pid = 0
        self.report, self.its_report = os.pipe()
        os.set_blocking(self.report, False)

    def signal(self):
        """A byte is a signal for the command. Whoever waits no longer has been killed, and so is the command."""
        try:
            numbers = self.connection.recv(64) or bytes((signal.SIGKILL,))
        except OSError:
            numbers = bytes((signal.SIGKILL,))
        for number in numbers:
            os.kill(self.pid, number)
        if signal.SIGKILL in numbers:
            self.server.selector.unregister(self.connection)

    def end(self, status):
        try:
            self.connection.sendall(status.to_bytes(4, 'big'))
        except OSError:
            pass
        self.connection.close()
        try:
            names = os.read(self.report, LONGEST_REPORT).decode().split()
        except BlockingIOError:
            # It was killed, and what it had started has not ended.
            names = []
        os.close(self.report)
        self.server.loaded.load_more(names)


def receive(connection):
    """The descriptors and the request of client.py."""
    size, fds, _flags, _address = socket.recv_fds(connection, 4, FDS)
    try:
        if len(size) != 4 or len(fds) != FDS:
            raise ValueError('No request.')
        text = b''
        while len(text) < int.from_bytes(size, 'big'):
            piece = connection.recv(2**20)
            if not piece:
                raise ValueError('Half a request.')
            text += piece
        mask, count, *words = text.split(b'\0')
        args = [os.fsdecode(word) for word in words[: int(count)]]
        pairs = (word.partition(b'=') for word in words[int(count) :])
        variables = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs if name}
        return fds, (int(mask), args, variables)
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise


def write_client(folder, real):
    with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), 'client.py')) as file:
        program = file.read()
    os.mkdir(os.path.join(folder, 'bin'))
    path = os.path.join(folder, 'bin', 'gcloud')
    head = f'#!{sys.executable} -ISE\nSOCKET = {os.path.join(folder, "socket")!r}\nREAL = {real!r}\n'
    with open(path, 'w') as file:
        file.write(head + program)
    os.chmod(path, 0o755)


def main():
    entry_point, real, folder = sys.argv[-3:]
    # This file is nothing that gcloud's start script knows.
    rest = os.environ['CLOUDSDK_PYTHON_ARGS'].replace(os.path.abspath(__file__), '').strip()
    os.environ['CLOUDSDK_PYTHON_ARGS'] = rest
    server = Server(entry_point, real, folder)
    write_client(folder, real)
    print('listening', flush=True)
    server.serve()


main()
