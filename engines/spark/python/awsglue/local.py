"""Local files and folders, by their path or a file: address."""

import os
import shutil
from urllib.parse import urlparse
from urllib.request import url2pathname


def files_at(location, recurse):
    """Lists the file at a path, or the files of a folder; hidden ones, as Spark knows them, are left out."""
    path = _path(location)
    if os.path.isfile(path):
        return [path]
    found = []
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if recurse and not name.startswith(("_", ".")))
        found.extend(os.path.join(parent, name) for name in sorted(names) if not name.startswith(("_", ".")))
    return found


def bring(files):
    """Puts files to where Spark reads them: pairs of a file and its place there."""
    for source, target in files:
        os.symlink(os.path.abspath(source), target)


def deliver(files, location):
    """Moves pairs of a file and a relative name under a folder."""
    for file, relative in files:
        target = os.path.join(_path(location), relative)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.move(file, target)


def _path(location):
    return url2pathname(urlparse(location).path) if location.startswith("file:") else location
