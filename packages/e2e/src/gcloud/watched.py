"""Loads gcloud's modules, and watches what they read of the environment while they are loaded, for that stays in them."""

import importlib.util
import os
import sys

# By name of module: the variables that it has read.
read = {}


class Watched(os._Environ):
    def __getitem__(self, name):
        module = being_loaded()
        if module is not None:
            read.setdefault(module, set()).add(name)
        return super().__getitem__(name)


def being_loaded():
    """The name of the module whose own lines run, if any does."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == '<module>':
            name = frame.f_globals.get('__name__')
            return None if name == '__main__' else name
        frame = frame.f_back
    return None


def load(entry_point):
    """gcloud, loaded from its gcloud.py. `os.environ` is watched from here on."""
    os.environ.__class__ = Watched
    # As for a script that is run: the folder that it is in, whatever the links on the way.
    sys.path[0] = os.path.dirname(os.path.realpath(entry_point))
    spec = importlib.util.spec_from_file_location('gcloud', entry_point)
    gcloud = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gcloud)
    gcloud._fix_google_module()
    gcloud._import_gcloud_main()
    return gcloud


def unwatch():
    os.environ.__class__ = os._Environ


def out_of_date(before, now):
    """Modules that would have read something else in another environment."""
    return {module for module, names in read.items() if any(before.get(name) != now.get(name) for name in names)}
