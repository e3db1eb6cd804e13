"""What is new in the hub: the newest section of CHANGELOG.md, line by line."""

import re
from typing import NamedTuple

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
GROUP = re.compile(r"^### .+$", re.MULTILINE)
FIRST = 6  # lines shown at once: the newest stand first


class News(NamedTuple):
    """A section of the changelog: its version, its lines, and which parts of each are code."""

    version: str
    lines: tuple[tuple[tuple[str, bool], ...], ...]


def newest(text: str) -> News:
    """
    The newest section, each line in parts that are code or are not.

    >>> newest("# C\\n\\n## 1.1\\n\\n- `hub x` is\\n  new.\\n\\n### Else\\n\\n- And more.\\n\\n## 1.0\\n\\n- Old.\\n")
    News(version='1.1', lines=((('hub x', True), (' is new.', False)), (('And more.', False),)))
    """
    parts = SECTION.split(text)
    if len(parts) < 3:
        return News("", ())
    lines = re.split(r"^- ", GROUP.sub("", parts[2]), flags=re.MULTILINE)[1:]
    return News(parts[1].strip(), tuple(_parts(" ".join(line.split())) for line in lines))


def _parts(line: str) -> tuple[tuple[str, bool], ...]:
    return tuple((part, at % 2 == 1) for at, part in enumerate(line.split("`")) if part)
