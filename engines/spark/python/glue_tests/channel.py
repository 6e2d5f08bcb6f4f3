"""What the plugin tells the program that has started pytest, as JSON lines on an open descriptor.

Each line is written at once, so that what was told survives when this process is killed.

found            a test that was collected: id, line
deselected       a test that -k, or a plugin of the team, leaves out: id
collection-error a file or folder that could not be collected: the facts of a failure
begin, end       of a test: id; at its end also outcome, seconds and, unless it passed, the facts of a failure
spark            Spark has started: version, seconds
spark-died       the Java process of Spark has ended by itself: code
internal-error   pytest itself, or a plugin, has failed: text
where            on request: where the main thread is
finish           of the session: status, reason
"""

import json
import os
import threading

VARIABLE = "HEADGATE_TEST_EVENTS"


class Channel:
    """An open descriptor, by its number."""

    def __init__(self, descriptor):
        # Programs that tests start shall not keep it open.
        os.set_inheritable(descriptor, False)
        self.descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, event, **facts):
        line = (json.dumps(dict(facts, event=event)) + "\n").encode("ascii")
        with self._lock:
            while line:
                line = line[os.write(self.descriptor, line) :]


def open_channel():
    """Gives the channel that the environment names, or None. A pytest that a test starts does not get it, too."""
    number = os.environ.pop(VARIABLE, None)
    return None if number is None else Channel(int(number))
