"""Runs commands of the real gcloud in forks of one process that has loaded it once, so that hundreds take a minute or two.

    python3 runner.py SDK_ROOT

Writes {"commands": {"run deploy": ["--image", ...], ...}} first: what this gcloud has, each command with its own flags.
Then reads a line {"id": 1, "args": ["run", "services", "list"]} for each command, and writes a line
{"id": 1, "code": 0, "stdout": "...", "stderr": "..."} for each as it ends. Ends when nothing is left to read.
"""

import atexit
import gc
import json
import os
import selectors
import signal
import sys
import time

SDK_ROOT = sys.argv[1]
GROUPS = (
    ('run',),
    ('iam', 'service-accounts'),
    ('iam', 'roles'),
    ('iam', 'workload-identity-pools'),
    ('iam', 'list-grantable-roles'),
    ('iam', 'list-testable-permissions'),
)
# A bound for what hangs.
LONGEST_SECONDS = 120
# gcloud asks again and again, half a minute in all, where the answer is 501. Here it does so without the waiting.
LONGEST_SLEEP = 0.1

sys.path.insert(0, os.path.join(SDK_ROOT, 'lib'))
# gcloud's own start, which finds its libraries; see its main().
import gcloud  # noqa: E402

gcloud._fix_google_module()
gcloud_main = gcloud._import_gcloud_main()
entry_point = gcloud.__file__

real_sleep = time.sleep
time.sleep = lambda seconds: real_sleep(min(seconds, LONGEST_SLEEP))


def commands():
    """Every command below GROUPS, a tuple of names, with the flags that are not gcloud's own."""
    sys.path.insert(0, os.path.join(SDK_ROOT, 'data', 'cli'))
    import gcloud_completions

    tree = gcloud_completions.STATIC_COMPLETION_CLI_TREE

    def walk(node, path):
        below = node.get('commands', {})
        if not below:
            yield path, sorted(set(node.get('flags', {})) - set(tree['flags']))
        for name, one in sorted(below.items()):
            yield from walk(one, (*path, name))

    for group in GROUPS:
        node = tree
        for name in group:
            node = node['commands'][name]
        yield from walk(node, group)


def run(cli, args, out, err):
    """In the fork: becomes gcloud with these arguments."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, place in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(fd, place)
    for fd in (nothing, out, err):
        os.close(fd)
    signal.alarm(LONGEST_SECONDS)
    sys.argv = [entry_point, *args]
    try:
        gcloud_main.main(cli)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without taking to pieces all that was loaded.
    os._exit(code)


def serve(cli, answers):
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    unread = b''

    def begin(request):
        out, its_out = os.pipe()
        err, its_err = os.pipe()
        pid = os.fork()
        if pid == 0:
            selector.close()
            run(cli, request['args'], its_out, its_err)
        os.close(its_out)
        os.close(its_err)
        job = {'id': request['id'], 'pid': pid, 'open': {out, err}, 'stdout': b'', 'stderr': b''}
        selector.register(out, selectors.EVENT_READ, (job, 'stdout'))
        selector.register(err, selectors.EVENT_READ, (job, 'stderr'))

    def read_more(fd, job, stream):
        chunk = os.read(fd, 65536)
        job[stream] += chunk
        if chunk:
            return
        selector.unregister(fd)
        os.close(fd)
        job['open'].remove(fd)
        if not job['open']:
            _, status = os.waitpid(job['pid'], 0)
            texts = {name: job[name].decode(errors='replace') for name in ('stdout', 'stderr')}
            answers({'id': job['id'], 'code': os.waitstatus_to_exitcode(status), **texts})

    while selector.get_map():
        for key, _ in selector.select():
            if key.data is not None:
                read_more(key.fd, *key.data)
                continue
            chunk = os.read(0, 65536)
            if not chunk:
                selector.unregister(0)
            *lines, unread = (unread + chunk).split(b'\n')
            for line in lines:
                begin(json.loads(line))


def main():
    # Not the forks' standard output.
    channel = os.fdopen(os.dup(1), 'w')

    def say(message):
        channel.write(json.dumps(message) + '\n')
        channel.flush()

    known = dict(commands())
    cli = gcloud_main.CreateCLI([])
    for path in known:
        cli.top_element.LoadSubElementByPath(path)
    # What was loaded stays: the forks share it, and look through none of it.
    gc.freeze()
    say({'commands': {' '.join(path): flags for path, flags in known.items()}})
    serve(cli, say)


main()
