"""Temporary files of this process, removed when Python ends."""

import os
import tempfile

_folders = []


def scratch_folder(name):
    """Makes a new folder that lives as long as the process: Spark reads files only when an action asks for them."""
    if not _folders:
        _folders.append(tempfile.TemporaryDirectory(prefix="headgate-glue-"))
    return tempfile.mkdtemp(prefix=name + "-", dir=_folders[0].name)


def uri(path):
    """Gives a local path as Spark takes it whatever its default file system is."""
    return "file://" + os.path.abspath(path)
