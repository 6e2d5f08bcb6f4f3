"""What a failure says: where in the team's files it is, a short message, and the whole text."""

import os

import pytest

LONGEST_MESSAGE = 2000
LONGEST_TEXT = 12000


def failure_of(report, root, error=None):
    """The facts of a report that failed. `error` is the exception, where there is one."""
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    error = _meant(error)
    # pytest has no location for what keeps a file from being collected, and only the text of it.
    message = crash.message if crash is not None else _described(error) or text
    file, line = _place(error, root) or (None, None)
    return {
        "file": file,
        "line": line,
        "message": shorten(message, LONGEST_MESSAGE),
        "text": shorten(text, LONGEST_TEXT),
        "output": shorten(report.capstdout, LONGEST_TEXT),
        "module": error.name if isinstance(error, ModuleNotFoundError) else None,
    }


def shorten(text, longest):
    """The begin and the end of a text, where it is too long: a traceback says the most at its end."""
    if len(text) <= longest:
        return text
    end = longest * 3 // 4
    return "{}\n[... {} characters ...]\n{}".format(text[: longest - end], len(text) - longest, text[-end:])


def inside(file, root):
    """Whether a file is one of the team's, and not of an environment that stands in the same folder."""
    relative = os.path.relpath(file, root)
    parts = relative.split(os.sep)
    return parts[0] != os.pardir and not os.path.isabs(relative) and "site-packages" not in parts


def _meant(error):
    """pytest raises an error of its own from the one of the file that it imports."""
    is_wrapper = isinstance(error, pytest.Collector.CollectError)
    return error.__cause__ or error if is_wrapper else error


def _described(error):
    if error is None or isinstance(error, pytest.Collector.CollectError):
        return None
    return "{}: {}".format(type(error).__name__, error)


def _place(error, root):
    """The innermost line of the team's files: of the assertion, or of the transform that has raised the error."""
    if error is None:
        return None
    if isinstance(error, SyntaxError) and error.filename and inside(error.filename, root):
        return os.path.relpath(error.filename, root), error.lineno
    place = None
    entry = error.__traceback__
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if os.path.isfile(file) and inside(file, root):
            place = os.path.relpath(file, root), entry.tb_lineno
        entry = entry.tb_next
    return place
