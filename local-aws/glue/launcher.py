"""Runs a job's script and ends with it: ``python launcher.py DIRECTORY SCRIPT [ARGUMENT ...]``.

It leads the process group of the run. When its standard input closes, which also happens when the local AWS is
killed, it removes the directory of the run and ends the group. SIGTERM is for the script: this waits for it all the same.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def end_with_input():
    sys.stdin.buffer.read()
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


signal.signal(signal.SIGTERM, lambda *_: None)
threading.Thread(target=end_with_input, daemon=True).start()
code = subprocess.call([sys.executable, *sys.argv[2:]], stdin=subprocess.DEVNULL)
# Not sys.exit: the thread may hold the lock of standard input.
os._exit(code if code >= 0 else 128 - code)
