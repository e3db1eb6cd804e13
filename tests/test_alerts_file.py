"""The alert rules for Prometheus name only what the worker tells, and the operator's page names all of it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.edges.health import Health
from hub.edges.metrics import registry

DEPLOY = Path(__file__).parent.parent / "deploy"
(GROUP,) = yaml.safe_load((DEPLOY / "prometheus-alerts.yaml").read_text())["groups"]
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
FAMILIES = {family.name: family.type for family in registry(Health()).collect()}
TOLD = {name + suffix for name, kind in FAMILIES.items() for suffix in SUFFIXES.get(kind, ("",))}


def named(text: str) -> set[str]:
    return set(re.findall(r"\b(?:hub|process)_[a-z_]+", text))


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule["alert"])
def test_a_rule_names_only_metrics_that_there_are(rule: dict[str, Any]) -> None:
    assert named(rule["expr"])
    assert named(rule["expr"]) <= TOLD
    assert named(rule["annotations"]["summary"]) <= TOLD


def test_the_operators_page_names_every_metric_and_no_other() -> None:
    page = named((DEPLOY / "README.md").read_text())

    assert {name for name in page if name.startswith("hub_")} == {
        name + {"counter": "_total"}.get(kind, "") for name, kind in FAMILIES.items() if name.startswith("hub_")
    }
