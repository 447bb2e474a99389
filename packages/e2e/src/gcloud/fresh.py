"""What a fork of the loaded gcloud does to be as one that has just been started."""

import atexit
import importlib
import io
import os
import re
import signal
import sys
import tempfile
import threading
import time

import watched

# For tests that wait for what gcloud tries again: no pause is longer than so many seconds.
LONGEST_PAUSE = 'RUN_EDGES_GCLOUD_LONGEST_PAUSE'

# What Python itself, the dynamic linker or gcloud's start script goes by: they have run already.
BEFORE_GCLOUD = re.compile(
    r'PYTHON|LD_|DYLD_|OPENSSL_|VIRTUAL_ENV$|CLOUDSDK_(PYTHON|GSUTIL_PYTHON|BQ_PYTHON|ENCODING)'
)
# Of these, what changes nothing but when output is written, and whether bytecode is kept.
HARMLESS = {'PYTHONUNBUFFERED', 'PYTHONDONTWRITEBYTECODE'}
# What gcloud's start script sets.
START_SCRIPT = re.compile(r'PYTHONIOENCODING$|CLOUDSDK_(ROOT_DIR|PYTHON|GSUTIL_PYTHON|BQ_PYTHON|ENCODING)')

# Modules that renew() brings up to date.
RENEWED = {
    'googlecloudsdk.core.console.console_attr',
    'googlecloudsdk.core.log',
    'googlecloudsdk.core.properties',
    'googlecloudsdk.gcloud_main',
    'httplib2.python3.httplib2',
}
# Modules that keep nothing else, and whose parts others name in full: they can be loaded again.
RELOADABLE = {
    'google.auth.compute_engine._metadata',
    'googlecloudsdk.core.context_aware',
    'googlecloudsdk.core.credentials.gce_read',
    'oauth2client.contrib._metadata',
}


class Loaded:
    """The gcloud of this process, and what it had as its environment."""

    def __init__(self, entry_point):
        self.before = dict(os.environ)
        self.gcloud = watched.load(entry_point)
        self.modules = set(sys.modules)
        self.with_folders = sections_in(self.before['CLOUDSDK_CONFIG'])
        self.start_script = {name: value for name, value in self.before.items() if START_SCRIPT.match(name)}

    def load_more(self, names):
        """Loads what a command has loaded for itself."""
        for name in names:
            try:
                importlib.import_module(name)
            except BaseException:
                # Not to be had by its name alone: each command goes on loading it.
                pass
        self.modules |= set(sys.modules) | set(names)

    def news(self):
        """Modules that have been loaded since. The commands themselves, which are read each time, are none."""
        return [name for name in sys.modules if name not in self.modules and not re.match('__calliope__|surface', name)]

    def run(self, args, variables, real):
        """Runs gcloud, or becomes the real one where this one could not be the same; returns its exit code."""
        changed = self.out_of_date(variables)
        if changed is None:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execve(real, ['gcloud', *args], variables)
        self.renew(variables, changed)
        sys.argv = [self.gcloud.__file__, *args]
        try:
            self.gcloud.main()
            code = 0
        except SystemExit as end:
            code = end.code
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        return (code or 0) & 0xFF

    def out_of_date(self, variables):
        """Modules to load again; None where that would not do."""
        if any(BEFORE_GCLOUD.match(name) and name not in HARMLESS for name in variables):
            return None
        if not is_utf8(variables):
            return None
        changed = watched.out_of_date(self.before, variables) - RENEWED
        return changed if changed <= RELOADABLE else None

    def renew(self, variables, changed):
        watched.unwatch()
        # Modules set variables, too, where there are none.
        defaults = {name: value for name, value in os.environ.items() if name not in self.before}
        os.environ.clear()
        os.environ.update({**defaults, **variables, **self.start_script})
        time.tzset()
        tempfile.tempdir = None
        sys.dont_write_bytecode = bool(variables.get('PYTHONDONTWRITEBYTECODE'))
        open_streams(unbuffered=bool(variables.get('PYTHONUNBUFFERED')))
        if LONGEST_PAUSE in variables:
            sleep, longest = time.sleep, float(variables[LONGEST_PAUSE])
            time.sleep = lambda seconds: sleep(min(seconds, longest))

        import httplib2
        from googlecloudsdk.core import log, properties
        from googlecloudsdk.core.configurations import named_configs
        from googlecloudsdk.core.console import console_attr

        httplib2.CA_CERTS = httplib2.python3.httplib2.CA_CERTS = httplib2.certs.where()
        for name in (*changed, 'googlecloudsdk.core.http'):
            if name in sys.modules:
                importlib.reload(sys.modules[name])
        named_configs.ActivePropertiesFile.Invalidate()
        renew_properties(named_configs.ConfigurationStore, properties.VALUES, self.with_folders)
        console_attr.ResetConsoleAttr()
        log.Reset()


def sections_in(folder):
    """Names of the sections of properties that have defaults below the folder of the configuration."""
    from googlecloudsdk.core import properties

    return [one.name for one in properties.VALUES if any(folder in str(each.default) for each in one)]


def renew_properties(configurations, properties, sections):
    """Some have defaults below the folder of the configuration, some tell the addresses of its universe."""
    try:
        # Makes a configuration where there is none, as gcloud does when it is loaded.
        universe = configurations.ActiveConfig().GetProperties().get('core', {}).get('universe_domain')
    except Exception:
        universe = None
    if universe is not None:
        properties.__init__()
        return
    for name in sections:
        properties.Section(name).__init__()


def is_utf8(variables):
    """Whether Python would use UTF-8, as this one does: in no locale, or in one of that name."""
    locale = variables.get('LC_ALL') or variables.get('LC_CTYPE') or variables.get('LANG') or 'C'
    return locale in ('C', 'POSIX') or re.search(r'\.utf-?8$', locale, re.IGNORECASE) is not None


def open_streams(unbuffered):
    """Standard streams as Python opens them when it starts."""
    encoding, errors = sys.stdout.encoding, sys.stdout.errors

    def stream(fd, mode, **options):
        return io.TextIOWrapper(open(fd, mode, closefd=False), encoding, errors, newline='\n', **options)

    sys.stdin = sys.__stdin__ = stream(0, 'rb')
    sys.stdout = sys.__stdout__ = stream(1, 'wb', write_through=unbuffered)
    # What goes wrong can be told in any case.
    errors = 'backslashreplace'
    sys.stderr = sys.__stderr__ = stream(2, 'wb', line_buffering=True, write_through=unbuffered)


def finish():
    """What Python does at its end, but for taking to pieces what was loaded."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # Nobody reads any more.
            pass


def default_signals():
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
