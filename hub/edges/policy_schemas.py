"""
JSON Schemas of the policy files, for editors: made from the shapes that read them, and kept beside them.

A schema knows the shape and the closed words; what must exist elsewhere (a team, a field) is for `hub policy check`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from hub.edges.accountability import Accountability
from hub.edges.agreement_models import Agreement, MinimumNecessary
from hub.edges.amendments import Amendment
from hub.edges.arrows import Arrows
from hub.edges.banding import Bands
from hub.edges.commitment_files import Commitments
from hub.edges.emergencies import Emergency
from hub.edges.ico import Lines
from hub.edges.intake import Intake
from hub.edges.policy_files import AgreementError
from hub.edges.policy_models import (
    Actions,
    AreasFile,
    CalendarFile,
    Law,
    Movements,
    Partnership,
    Routes,
    Services,
    Support,
    Teams,
)
from hub.edges.question_files import Questions
from hub.edges.stage_models import Stages, Urgencies
from hub.edges.statute_models import Inputs, Pack

FOLDER = "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SHAPES: Mapping[str, type[BaseModel]] = {
    "accountability": Accountability,
    "actions": Actions,
    "agreement": Agreement,
    "amendment": Amendment,
    "areas": AreasFile,
    "arrows": Arrows,
    "bands": Bands,
    "calendar": CalendarFile,
    "commitments": Commitments,
    "emergency": Emergency,
    "gateway": Pack,
    "gateway_inputs": Inputs,
    "ico": Lines,
    "intake": Intake,
    "law": Law,
    "minimum_necessary": MinimumNecessary,
    "movements": Movements,
    "partnership": Partnership,
    "questions": Questions,
    "routes": Routes,
    "services": Services,
    "stages": Stages,
    "support": Support,
    "teams": Teams,
    "urgency": Urgencies,
}
BELOW = {
    "agreements": "agreement",
    "gateways": "gateway",
    "questions": "questions",
}  # folders of many files of one shape


def schemas() -> Iterator[tuple[str, str]]:
    """The name and the text of every schema."""
    for name, shape in SHAPES.items():
        made = {"$schema": DIALECT, **shape.model_json_schema(by_alias=True)}
        yield f"{name}.json", json.dumps(made, indent=2, sort_keys=True) + "\n"


def stale(folder: Path) -> list[Path]:
    """The schemas beside the policies in *folder* that are missing or not those of this hub."""
    files = ((folder / FOLDER / name, text) for name, text in schemas())
    return [file for file, text in files if not file.is_file() or file.read_text("utf-8") != text]


def write(folder: Path) -> list[Path]:
    """Write the schemas beside the policies in *folder*, and take out what is none; those that changed."""
    changed = stale(folder)
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, text in schemas():
        (folder / FOLDER / name).write_text(text, "utf-8")
    known = {name for name, _ in schemas()}
    for file in (folder / FOLDER).glob("*.json"):
        if file.name not in known:
            file.unlink()
    return changed


def unnamed(folder: Path) -> list[Path]:
    """The policy files whose first line does not name their schema."""
    return [file for file in sorted(folder.rglob("*.yaml")) if _first(file) != modeline(folder, file)]


def modeline(folder: Path, file: Path) -> str:
    """
    The line by which an editor finds the schema of a policy file.

    >>> modeline(Path("policies"), Path("policies/agreements/dsa-001.yaml"))
    '# yaml-language-server: $schema=../schemas/agreement.json'
    """
    *below, _ = file.relative_to(folder).parts
    name = BELOW.get(below[0], "") if below else file.stem
    if name not in SHAPES:
        raise AgreementError(f"{file}: not a policy file; hint: take it out of the folder")
    return f"# yaml-language-server: $schema={'../' * len(below)}{FOLDER}/{name}.json"


def _first(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0]
