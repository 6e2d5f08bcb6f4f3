"""Runs several commands in turn, A B C A B C, and reports each run's wall time and peak memory.

Reads {"runs": n, "warmup": n, "commands": {name: {"argv": [...], "env": {...}, "exit": code}}} from standard input and
writes {name: [{"seconds": s, "kilobytes": k}]}. A peak is that of the largest single process (getrusage ru_maxrss).
"""

import json
import os
import subprocess
import sys
import time


def run(command):
    started = time.perf_counter()
    process = subprocess.Popen(
        command["argv"], env=command["env"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
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
        result = run(command)
        if turn >= request["warmup"]:
            results[name].append(result)
json.dump(results, sys.stdout)
