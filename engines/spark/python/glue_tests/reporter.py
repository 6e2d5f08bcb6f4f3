"""Tells what becomes of each test."""

import sys

import pytest

from glue_tests.failures import LONGEST_MESSAGE, failure_of, shorten

# The worst of the parts of a test counts. An error is a failure of a fixture, so that the test itself did not fail.
OUTCOMES = ("passed", "xfailed", "skipped", "error", "failed")


class Reporter:
    """Hooks of pytest that send events."""

    def __init__(self, channel, root):
        self.channel = channel
        self._root = root
        self._errors = {}
        self._running = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        # Before -k: a transform whose tests are only left out has tests.
        for item in items:
            self.channel.send("found", id=item.nodeid, line=(item.location[1] or 0) + 1)

    def pytest_deselected(self, items):
        for item in items:
            self.channel.send("deselected", id=item.nodeid)

    def pytest_exception_interact(self, node, call, report):
        self._errors[node.nodeid] = call.excinfo.value
        # pytest calls this after it has given the report of a test, and before it gives that of a file.
        if self._running is not None and report.failed and self._running["failure"] is report:
            self._running.update(failure_of(report, self._root, call.excinfo.value))

    def pytest_collectreport(self, report):
        error = self._errors.pop(report.nodeid, None)
        if report.failed:
            self.channel.send("collection-error", id=report.nodeid, **failure_of(report, self._root, error))

    def pytest_runtest_logstart(self, nodeid):
        self._running = {"id": nodeid, "outcome": "passed", "seconds": 0, "failure": None}
        self.channel.send("begin", id=nodeid)

    def pytest_runtest_logreport(self, report):
        running = self._running
        if running is None:
            return
        running["seconds"] += report.duration if report.duration > 0 else 0
        outcome = _outcome(report)
        if OUTCOMES.index(outcome) <= OUTCOMES.index(running["outcome"]):
            return
        running["outcome"] = outcome
        if report.failed:
            running["failure"] = report
            running.update(failure_of(report, self._root))
        else:
            running["message"] = shorten(_reason(report), LONGEST_MESSAGE)

    def pytest_runtest_logfinish(self, nodeid):
        running, self._running = self._running, None
        self._errors.pop(nodeid, None)
        if running is not None:
            del running["failure"]
            self.channel.send("end", **running)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        yield
        code = _spark_exit_code()
        if code is not None:
            self.channel.send("spark-died", code=code)
            # Every test that needs Spark would fail now, each after its own time-outs.
            item.session.shouldstop = "the Java process of Spark has ended with {}".format(code)

    def pytest_internalerror(self, excrepr):
        self.channel.send("internal-error", text=shorten(str(excrepr), LONGEST_MESSAGE))

    def pytest_sessionfinish(self, session, exitstatus):
        reason = session.shouldstop or session.shouldfail
        self.channel.send("finish", status=int(exitstatus), reason=str(reason) if reason else None)


def _outcome(report):
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    return "passed"


def _reason(report):
    """Why a test was skipped, or is expected to fail."""
    if hasattr(report, "wasxfail"):
        return report.wasxfail or "expected to fail"
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext


def _spark_exit_code():
    """The exit code of the Java process that PySpark has started; None while it runs, or when there is none."""
    pyspark = sys.modules.get("pyspark")
    gateway = getattr(getattr(pyspark, "SparkContext", None), "_gateway", None)
    process = getattr(gateway, "proc", None)
    return None if process is None else process.poll()
