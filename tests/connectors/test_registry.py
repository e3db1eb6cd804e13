"""A partner is a folder; its events are in the vocabulary."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import connectors
from connectors.mapping import Mapped
from connectors.registry import UnknownConnectorError, connector, names
from hub.resources import folder
from hub.wire.codec import Schemas, decode_event, encode_event

Map = Callable[..., Mapped]
HERE = Path(connectors.__file__).parent


def test_every_folder_is_a_connector_with_its_readme() -> None:
    assert {"police", "prison", "schools", "youth_justice"} <= set(names())
    assert all((HERE / name / "README.md").is_file() and connector(name).AGENCY for name in names())


def test_an_unknown_partner_is_named_the_known_ones() -> None:
    with pytest.raises(UnknownConnectorError, match="prison"):
        connector("../prison")


def test_a_new_partner_is_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "navigators").mkdir()
    (tmp_path / "navigators" / "__init__.py").write_text('AGENCY = "NAV"\n')
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])

    assert connector("navigators").AGENCY == "NAV"


@pytest.mark.parametrize("path", sorted(HERE.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_code_in_a_table_was_taken_for_a_truth_or_a_number(path: Path) -> None:
    def keys(value: object) -> list[object]:
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        mine = list(value) if isinstance(value, dict) else [one for one in inner if not isinstance(one, dict | list)]
        return mine + [key for one in inner for key in keys(one)]

    assert all(isinstance(key, str) for key in keys(yaml.safe_load(path.read_text())))


def test_what_is_told_can_be_written_and_read_back(prison: Map, police: Map, schools: Map, youth_justice: Map) -> None:
    schemas = Schemas.load(folder("schemas"))
    dates = {"conditionalReleaseDate": "2027-04-14", "recall": True, "bookingId": "7", "prisonId": "MDI"}
    told = [
        prison(
            json.dumps({"prisonerNumber": "A0001AA", "dateOfBirth": "1996-07-09", "legalStatus": "SENTENCED", **dates})
        ),
        police("event,at,person_ref,status,start\nbail,2026-11-23T09:00:00Z,TEST-1,CONDITIONAL,2026-11-23\n"),
        schools("upn,category,start,sessions,reasons\nA950000178301,SUSP,2026-11-23,2,PP\n"),
        youth_justice('{"header": {"ypid": "T-1"}, "transfer": {"date": "2026-09-20"}}'),
    ]
    events = [event for mapped in told for event in mapped.events]

    assert len(events) == 6
    assert [decode_event(schemas, encode_event(schemas, event)) for event in events] == events
