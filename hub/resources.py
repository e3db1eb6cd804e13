"""Finds the data that travels with the code: schemas and policies."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """
    Return the folder *name*, in a checkout as in an installed wheel.

    >>> folder("schemas").name
    'schemas'
    """
    for place in (PACKAGE / "_data" / name, PACKAGE.parent / name):  # the wheel's place, then the checkout's
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{PACKAGE}: no folder `{name}`; hint: install csp-hub again, or run from a full checkout")


def changelog() -> str:
    """What is new, as CHANGELOG.md says it."""
    for place in (PACKAGE / "_data" / "CHANGELOG.md", PACKAGE.parent / "CHANGELOG.md"):
        if place.is_file():
            return place.read_text("utf-8")
    return ""
