"""Writes what this gcloud has, as JSON: {"run deploy": ["--image", ...]}, each command below GROUPS with its own flags.

    CLOUDSDK_PYTHON_ARGS='-S -' gcloud < commands.py

gcloud's start script so runs this in the place of gcloud.py, whose path is the first argument.
"""

import json
import os
import sys

GROUPS = (
    ('run',),
    ('iam', 'service-accounts'),
    ('iam', 'roles'),
    ('iam', 'workload-identity-pools'),
    ('iam', 'list-grantable-roles'),
    ('iam', 'list-testable-permissions'),
)

sdk = os.path.dirname(os.path.dirname(next(arg for arg in sys.argv if arg.endswith('gcloud.py'))))
sys.path.insert(0, os.path.join(sdk, 'data', 'cli'))
import gcloud_completions  # noqa: E402

tree = gcloud_completions.STATIC_COMPLETION_CLI_TREE


def walk(node, path):
    below = node.get('commands', {})
    if not below:
        yield ' '.join(path), sorted(set(node.get('flags', {})) - set(tree['flags']))
    for name, one in sorted(below.items()):
        yield from walk(one, (*path, name))


def commands():
    for group in GROUPS:
        node = tree
        for name in group:
            node = node['commands'][name]
        yield from walk(node, group)


print(json.dumps(dict(commands())))
