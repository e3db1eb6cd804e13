import json

import pytest

from hub.console.assets import opened
from hub.contracts.catalogue import entries
from hub.place import compiled

DIGEST = "A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="


@pytest.fixture(scope="session")
def rules():
    return compiled()


@pytest.fixture(scope="session")
def catalogue(rules):
    return entries(rules["agencies"], rules["teams"], 4, rules)


@pytest.fixture(scope="session")
def published(request):
    """The JSON Schema of AsyncAPI 3.0.0, as its makers publish it."""
    kept = request.config.cache.mkdir("asyncapi") / "3.0.0.json"
    if not kept.exists():
        with opened("@asyncapi/specs", "6.11.1", DIGEST) as packed:
            kept.write_bytes(packed.extractfile("package/schemas/3.0.0-without-$id.json").read())
    return json.loads(kept.read_text())
