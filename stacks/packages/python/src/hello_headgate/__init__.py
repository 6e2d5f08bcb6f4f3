"""A sample package that says hello."""

from importlib.metadata import version


def greeting(name: str = "world") -> str:
    """Greets, and says which version does."""
    return f"Hello, {name}, from {version('hello-headgate')}"
