"""What tests of policies share."""

import shutil

import pytest

from hub.resources import folder


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")
