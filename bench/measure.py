"""Runs several commands in turn, A B C A B C, and reports each run's wall time and peak memory.

Reads {"runs": n, "warmup": n, "commands": {name: {"argv": [...], "env": {...}, "exit": code}}} from standard input and
writes {name: [{"seconds": s, "kilobytes": k}]}. A peak is that of the largest single process (getrusage ru_maxrss).
A command may have "cwd", and "before": an argv that is run first and not measured. In each argv, {turn} is the number of
the turn.
"""

import json
import os
import subprocess
import sys
import time


def fill(argv, turn):
    return [word.replace("{turn}", str(turn)) for word in argv]


def run(command, turn):
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    place = {"env": command["env"], "cwd": command.get("cwd")}
    if "before" in command:
        subprocess.run(fill(command["before"], turn), check=True, **place, **{**quiet, "stderr": None})
    started = time.perf_counter()
    process = subprocess.Popen(fill(command["argv"], turn), **place, **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code != command["exit"]:
        sys.exit(f"{command['argv']} ended with {code}, expected {command['exit']}")
    return {"seconds": seconds, "kilobytes": usage.ru_maxrss}


request = json.load(sys.stdin)
results = {name: [] for name in request["commands"]}
for turn in range(request["warmup"] + request["runs"]):
    for name, command in request["commands"].items():
        result = run(command, turn)
        if turn >= request["warmup"]:
            results[name].append(result)
json.dump(results, sys.stdout)
