"""Policies with a slip made in them: compiled, or refused in one line."""

import re
from pathlib import Path

import pytest
from shipped import schemas

from hub.edges.agreements import AgreementError, bundle
from hub.wire.codec import vocabulary

FIRST = "agreements/dsa-001-resettlement.yaml"


def compiled(policies, *teams):
    return bundle(policies, vocabulary(schemas()), teams)


def change(policies, old, new, file=FIRST):
    text = (policies / file).read_text()
    assert old in text
    (policies / file).write_text(text.replace(old, new, 1))


def refused(policies, old, new, file):
    """The one line that names the slip, once *new* stands where *old* did."""
    change(policies, old, new, file)
    with pytest.raises(AgreementError) as told:
        compiled(policies)
    assert re.search(rf"{Path(file).name}:\d+: .+; hint: .+", str(told.value))
    assert "\n" not in str(told.value)
    return str(told.value)
