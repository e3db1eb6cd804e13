import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import distribution
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def compose_schema() -> Any:
    """The Compose Specification's own schema, read out of check-jsonschema, whose code wants another click."""
    carried = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    return json.loads(Path(str(carried)).read_text())


def hub(*words: str) -> subprocess.CompletedProcess[str]:
    wide = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, env=wide, cwd=ROOT)


RUN = "from hub.cli.main import run; run()"


def test_the_compose_file_is_one_by_the_specification() -> None:
    faults = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(compose_schema()).iter_errors(COMPOSE)
    ]

    assert faults == []


def test_the_specification_would_have_caught_a_slip() -> None:
    slipped = COMPOSE | {"services": {"hub": {"imagee": "csp-hub"}}}

    assert not Draft202012Validator(compose_schema()).is_valid(slipped)


@pytest.mark.parametrize("service", OURS)
def test_what_a_service_says_is_a_command_of_the_hub(service: str) -> None:
    words = list(takewhile(lambda word: not word.startswith("--"), OURS[service]["command"]))

    helped = hub(*words, "--help")

    assert helped.returncode == 0, f"hub {' '.join(words)} --help: {helped.stderr}{helped.stdout}"
    for option in (word for word in OURS[service]["command"] if word.startswith("--")):
        assert option in helped.stdout


def test_every_service_waits_for_one_that_is_there_and_tells_its_health() -> None:
    for service in COMPOSE["services"].values():
        for awaited, condition in service.get("depends_on", {}).items():
            assert condition["condition"] == "service_healthy"
            assert "healthcheck" in COMPOSE["services"][awaited] or "HEALTHCHECK" in DOCKERFILE


def test_every_volume_is_declared_or_a_folder_here() -> None:
    named = {mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", [])}

    assert {name for name in named if not name.startswith("./")} == set(COMPOSE["volumes"])


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]

    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_hub_is_healthy_when_its_own_page_says_so() -> None:
    command, probe = COMPOSE["services"]["hub"]["command"], COMPOSE["services"]["hub"]["healthcheck"]["test"]
    port = command[command.index("--health") + 1].rpartition(":")[2]

    assert probe[:3] == ["CMD", "python3", "-c"]
    assert f"http://127.0.0.1:{port}/ready" in probe[3]
    compile(probe[3], "probe", "exec")


def test_our_containers_run_as_nobody_important() -> None:
    assert re.search(r"^USER hub$", DOCKERFILE, re.MULTILINE)
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]


def test_the_dockerfile_copies_what_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        source
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in shlex.split(line)[1:-1]
    ]

    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in let_in
