"""The agencies' own published sample files: every one is mapped or refused for the reason we think."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.mapping import Mapped
from hub.resources import folder
from hub.wire.codec import Schemas, encode_event

Map = Callable[..., Mapped]
STATE = {"person.registered": 1, "legal_status.changed": 1}
DATED = {**STATE, "release_dates.changed": 1}
EXPECTED: dict[str, tuple[dict[str, int], str | None]] = {
    # file: events by type, and the reason of the first refusal
    "hmpps/calculate-release-dates-api__api_integration__RCLL-562-Youth.json": ({}, None),
    "hmpps/calculate-release-dates-api__sentences__DTO_NON_IMP.json": ({}, "a sentence"),
    "hmpps/calculate-release-dates-api__sentences__RCLL-562-Youth.json": ({}, "a sentence"),
    "hmpps/calculate-release-dates-api__sentences__UNSUPPORTED_CALC_DTO_CONSECUTIVE_TO_SENTENCE.json": (
        {},
        "a sentence",
    ),
    "hmpps/create-and-vary-a-licence-api__licence-by-id.json": ({}, "a licence"),
    "hmpps/create-and-vary-a-licence-api__licences.json": ({}, "a licence"),
    "hmpps/create-and-vary-a-licence-api__staff-create-case-load-prisoners.json": ({}, "`prisonerNumber`"),
    "hmpps/create-and-vary-a-licence-api__upcoming_releases_with_em_conditions.json": ({}, "a licence"),
    "hmpps/hmpps-prisoner-search__assessmentUpdated.json": ({}, None),
    "hmpps/hmpps-prisoner-search__identifiersChanged.json": ({}, None),
    "hmpps/hmpps-prisoner-search__iepNextReviewDateUpdated.json": ({}, None),
    "hmpps/hmpps-prisoner-search__iepUpdated.json": ({}, None),
    "hmpps/hmpps-prisoner-search__offenderDelete.json": ({"person.erased": 1}, None),
    "hmpps/hmpps-prisoner-search__offenderDetailsChanged.json": ({}, None),
    "hmpps/hmpps-prisoner-search__offenderDetailsChangedForRP.json": ({}, "the prisoner number"),
    "hmpps/hmpps-prisoner-search__offenderDetailsNew.json": ({}, None),
    "hmpps/hmpps-prisoner-search__offenderMerge.json": ({}, None),
    "hmpps/hmpps-prisoner-search__offenderUpdatedNoIdDisplay.json": ({}, None),
    "hmpps/hmpps-prisoner-search__prisonerA7089EY.json": (DATED, None),
    "hmpps/hmpps-prisoner-search__prisonerA7089FA.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7089FC.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090AA.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090AC.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090AE.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090BA.json": (DATED, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090BC.json": (STATE, None),
    "hmpps/hmpps-prisoner-search__prisonerA7090BE.json": (DATED, None),
    "hmpps/hmpps-prisoner-search__state__new-prisoner.json": ({"person.registered": 1}, None),
    "hmpps/hmpps-resettlement-passport-api__intake-event.json": ({"person.received": 1}, None),
    "hmpps/hmpps-resettlement-passport-api__prisoner-search-1.json": (dict.fromkeys(DATED, 10), None),
    "hmpps/hmpps-resettlement-passport-api__prisoner-search-volume-test-1.json": ({}, "`prisonerNumber`"),
    "hmpps/hmpps-resettlement-passport-api__recall-event.json": ({"person.received": 1}, None),
    "hmpps/hmpps-resettlement-passport-api__release-event.json": ({"person.released": 1}, None),
    "police/bichard7__input-message-001.xml": ({"person.registered": 1, "bail.changed": 1}, None),
    "police/bichard7__input-message-routedata-001.xml": ({"person.registered": 1, "bail.changed": 1}, None),
    "police/bichard7__only-triggers-aho.pnc.json": ({}, "an answer to a PNC enquiry"),
    "schools/get-information-about-pupils__fe_searchindex_returns_many_pupils.json": ({"person.registered": 10}, None),
}
STATES = "hmpps/hmpps-prisoner-search__state__"
CONNECTORS = {"hmpps": "prison", "police": "police", "schools": "schools"}


def test_every_sample_is_mapped_or_refused_as_expected(samples: Path, mappers: dict[str, Map]) -> None:
    schemas, files = Schemas.load(folder("schemas")), sorted(path for path in samples.glob("*/*") if path.is_file())
    assert files
    for path in files:
        name = f"{path.parent.name}/{path.name}"
        kinds, why = EXPECTED.get(name, (STATE, None) if name.startswith(STATES) else ({}, "unlisted"))
        mapped = mappers[CONNECTORS[path.parent.name]](path.read_bytes())

        assert Counter(event.type for event in mapped.events) == kinds, name
        assert [one.why.startswith(str(why)) for one in mapped.refused[:1]] == ([] if why is None else [True]), name
        assert kinds or why or mapped.notes, name
        assert all(encode_event(schemas, event) for event in mapped.events)


def test_no_sample_is_a_release_but_the_release(samples: Path, prison: Map) -> None:
    mapped = {path.name: prison(path.read_bytes()) for path in samples.glob("hmpps/*.json")}
    freed = [
        name for name, one in mapped.items() if any(event.fields.get("reason") == "RELEASED" for event in one.events)
    ]

    assert freed == ["hmpps-resettlement-passport-api__release-event.json"]


@pytest.mark.parametrize("name", ["A7089EY", "A9460DY"])
def test_no_number_or_name_of_a_sample_leaves(samples: Path, prison: Map, name: str) -> None:
    said = "".join(repr(prison(path.read_bytes(), name="in")) for path in samples.glob("hmpps/*.json"))

    assert name not in said
    assert "BOATENG" not in said
