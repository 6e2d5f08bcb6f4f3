"""A pytest plugin for the tests of Glue transforms: `pytest -p glue_tests`.

It gives tests the fixtures `spark`, `glue_context` and `dynamic_frame`, and the function `rows`:

    from glue_tests import rows

    import add_column  # attaches the transform to DynamicFrame


    def test_adds_a_column(dynamic_frame):
        frame = dynamic_frame([{"id": 1}], "id int")
        assert rows(frame.add_column("color", "red")) == [{"id": 1, "color": "red"}]

Spark starts with the first test that asks for one of the fixtures, and then once for all tests. With a descriptor in
HEADGATE_TEST_EVENTS the plugin also tells the program that has started pytest what becomes of each test; see channel.py.
"""

from glue_tests.channel import open_channel
from glue_tests.fixtures import dynamic_frame, glue_context, spark
from glue_tests.frames import rows
from glue_tests.reporter import Reporter
from glue_tests.watch import watch_starter

__all__ = ["dynamic_frame", "glue_context", "rows", "spark"]


def pytest_configure(config):
    channel = open_channel()
    if channel is not None:
        root = str(config.rootpath)
        config.pluginmanager.register(Reporter(channel, root), "glue_tests_reporter")
        watch_starter(channel, root)
