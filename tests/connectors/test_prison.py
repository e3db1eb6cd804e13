"""Prisons: when a release is a release, what a record's change tells, and the quirks of what is really published."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.mapping import Mapped
from connectors.prison.lookup import folder_of_records
from hub.core.events import Event

Map = Callable[..., Mapped]
RELEASED, RECEIVED = "prison-offender-events.prisoner.released", "prison-offender-events.prisoner.received"
AT = "2026-11-23T09:30:00Z"
MICROS = 1_795_426_200_000_000


def message(kind: str = RELEASED, **more: Any) -> dict[str, Any]:
    told = {"nomsNumber": "A0001AA", "prisonId": "MDI", **more}
    return {"version": 1, "eventType": kind, "occurredAt": AT, "additionalInformation": told}


def record(**more: Any) -> str:
    return json.dumps({"prisonerNumber": "A0001AA", "dateOfBirth": "1996-07-09", "gender": "Male", **more})


def sns(inner: dict[str, Any], **outer: Any) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(inner), "Timestamp": AT, **outer}


def only(mapped: Mapped) -> Event:
    assert not mapped.refused
    assert len(mapped.events) == 1
    return mapped.events[0]


def told(prison: Map, **more: Any) -> list[tuple[str, Any]]:
    mapped = prison(json.dumps(message(**more)))
    assert not mapped.refused
    return [(event.type, event.fields.get("reason")) for event in mapped.events]


# A release is a release only by its movement reason code.


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("MRG", []),
        ("DEC", [("person.died", None)]),
        ("UAL", [("person.movement", "UNLAWFULLY_AT_LARGE")]),
        ("HO", [("person.movement", "RELEASED_TO_HOSPITAL")]),
        ("HP", [("person.movement", "RELEASED_TO_HOSPITAL")]),
        ("DE", [("person.movement", "REMOVED_FROM_UK")]),
        ("CR", [("person.released", "RELEASED")]),
        ("NCS", [("person.released", "RELEASED")]),
        ("ZZ9", [("person.released", "RELEASED")]),
        (None, [("person.released", "RELEASED")]),
    ],
)
def test_reason_released_is_decided_by_the_movement_code(prison: Map, code: str | None, expected: list[Any]) -> None:
    assert told(prison, reason="RELEASED", nomisMovementReasonCode=code) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("TEMPORARY_ABSENCE_RELEASE", ("person.released", "TEMPORARY_ABSENCE_RELEASE")),
        ("TRANSFERRED", ("person.released", "TRANSFERRED")),
        ("SENT_TO_COURT", ("person.movement", "SENT_TO_COURT")),
        ("RELEASED_TO_HOSPITAL", ("person.movement", "RELEASED_TO_HOSPITAL")),
        ("UNKNOWN", ("person.movement", "UNKNOWN")),
        ("RELEASED2", ("person.movement", "UNKNOWN")),
    ],
)
def test_another_reason_is_never_a_release_whatever_the_code(prison: Map, reason: str, expected: Any) -> None:
    assert told(prison, reason=reason, nomisMovementReasonCode="CR") == [expected]


def test_an_unclear_reason_with_the_code_of_a_death_is_a_death(prison: Map) -> None:
    assert told(prison, reason="UNKNOWN", nomisMovementReasonCode="DEC") == [("person.died", None)]


def test_a_release_says_its_kind_prison_and_code_and_no_number(prison: Map) -> None:
    event = only(prison(json.dumps(message(reason="RELEASED", nomisMovementReasonCode="HR", bookingId=7))))

    assert event.fields["detail"] == "HDC"
    assert (event.fields["movement"], event.fields["prison"]) == ("HR", "MDI")
    assert (event.at, event.seq) == (MICROS, MICROS)
    assert event.record.startswith("r1.")
    assert str(event.fields["booking"]).startswith("b1.")
    assert "A0001AA" not in repr(event)


def test_the_code_may_stand_in_the_details(prison: Map) -> None:
    assert told(prison, reason="RELEASED", details="Movement reason code MRG") == []


def test_a_search_release_has_no_code_and_is_settled_by_the_record(prison: Map) -> None:
    released = json.dumps(message("prisoner-offender-search.prisoner.released", reason="RELEASED"))
    seen = {"prisonerNumber": "A0001AA", "lastMovementTypeCode": "REL", "lastMovementReasonCode": "DEC"}

    assert "record is needed" in prison(released).notes[0]
    assert only(prison(released, records=lambda number: seen)).type == "person.died"


def test_a_merge_release_that_names_the_number_that_went_is_a_merge(prison: Map) -> None:
    more = {"reason": "RELEASED", "nomisMovementReasonCode": "MRG", "removedNomsNumber": "A0002AA"}
    event = only(prison(json.dumps(message(**more))))

    assert event.type == "person.merged"
    assert event.fields["kept"] != event.record == event.fields["removed"]


def test_a_release_of_someone_on_licence_says_so(prison: Map) -> None:
    before = prison(
        record(licenceExpiryDate="2028-01-01", conditionalReleaseDate="2027-01-01", legalStatus="SENTENCED")
    )
    remand = prison(record(legalStatus="REMAND"))
    released = json.dumps(message(reason="RELEASED", nomisMovementReasonCode="CR"))

    assert only(prison(released, memory=before.memory)).fields["licence"] is True
    assert only(prison(released, memory=remand.memory)).fields["licence"] is False
    assert "licence" not in only(prison(released)).fields


# On reception the reason wins.


def test_a_return_with_a_recall_code_is_a_return(prison: Map) -> None:
    more = {"reason": "TEMPORARY_ABSENCE_RETURN", "nomisMovementReasonCode": "24", "probableCause": "RECALL"}
    event = only(prison(json.dumps(message(RECEIVED, **more))))

    assert event.type == "person.received"
    assert event.fields["reason"] == "TEMPORARY_ABSENCE_RETURN"
    assert event.fields.keys().isdisjoint({"movement", "return_to_custody"})


def test_an_admission_on_recall_says_when_custody_began_again(prison: Map) -> None:
    event = only(prison(json.dumps(message(RECEIVED, reason="ADMISSION", nomisMovementReasonCode="24"))))

    assert (event.fields["reason"], event.fields["movement"]) == ("ADMISSION", "24")
    assert event.fields["return_to_custody"] == date(2026, 11, 23)


@pytest.mark.parametrize("reason", ["NEW_ADMISSION", "READMISSION", "READMISSION_SWITCH_BOOKING"])
def test_the_search_words_for_an_admission_are_one_word(prison: Map, reason: str) -> None:
    event = only(prison(json.dumps(message("prisoner-offender-search.prisoner.received", reason=reason))))

    assert event.fields["reason"] == "ADMISSION"


def test_a_reason_outside_the_list_is_an_unknown_movement(prison: Map) -> None:
    mapped = prison(json.dumps(message(RECEIVED, reason="RETURN_FROM_COURT2")))

    assert (only(mapped).type, only(mapped).fields["reason"]) == ("person.movement", "UNKNOWN")
    assert mapped.notes


# Merges, moved bookings, erasure.


def test_a_merge_keeps_one_record_and_names_the_other(prison: Map) -> None:
    more = {"removedNomsNumber": "A0002AA", "reason": "MERGE", "bookingId": 7}
    event = only(prison(json.dumps(message("prison-offender-events.prisoner.merged", **more))))

    assert event.type == "person.merged"
    assert event.fields["removed"] == event.record


def test_a_moved_booking_alone_never_joins_two_people(prison: Map) -> None:
    body = message("prison-offender-events.prisoner.booking.moved")
    body["additionalInformation"] = {"bookingId": 7, "movedToNomsNumber": "A0001AA", "movedFromNomsNumber": "A0002AA"}

    mapped = prison(json.dumps(body))

    assert not mapped.events
    assert "compare both records" in mapped.notes[0]


def test_a_merge_with_itself_is_refused(prison: Map) -> None:
    mapped = prison(json.dumps(message("prison-offender-events.prisoner.merged", removedNomsNumber="A0001AA")))

    assert not mapped.events
    assert mapped.refused


def test_an_erasure_erases_and_is_forgotten_here_too(prison: Map) -> None:
    before = prison(record())
    erased = {
        "eventType": "DATA_COMPLIANCE_DELETE-OFFENDER",
        "eventDatetime": "2026-11-24T10:00:00",
        "offenderIdDisplay": "A0001AA",
    }
    mapped = prison(json.dumps(erased), memory=before.memory)

    assert only(mapped).type == "person.erased"
    assert mapped.memory == {only(mapped).record: None}


# Quirks of published messages.


@pytest.mark.parametrize("version", [1, "1.0", None])
def test_a_version_may_be_a_number_or_text(prison: Map, version: Any) -> None:
    assert only(prison(json.dumps({**message(reason="TRANSFERRED"), "version": version})))


def test_the_event_type_may_stand_in_the_envelope_only(prison: Map) -> None:
    inner = message(reason="TRANSFERRED")
    del inner["eventType"]
    outer = sns(inner, MessageAttributes={"eventType": {"Type": "String", "Value": RELEASED}})

    assert only(prison(json.dumps(outer))).type == "person.released"


def test_the_prisoner_may_be_named_in_any_of_three_places(prison: Map) -> None:
    reference = {"identifiers": [{"type": "CRN", "value": "X1"}, {"type": "NOMS", "value": "A0001AA"}]}
    places = [
        {"personReference": reference, "additionalInformation": {"reason": "TRANSFERRED"}},
        {"additionalInformation": {"reason": "TRANSFERRED", "nomsNumber": "A0001AA"}},
        {"additionalInformation": {"reason": "TRANSFERRED", "prisonerId": "A0001AA"}},
    ]
    bodies = [{"eventType": RELEASED, "occurredAt": AT, **place} for place in places]

    assert len({only(prison(json.dumps(body))).record for body in bodies}) == 1


def test_two_prisoners_in_one_message_are_refused(prison: Map) -> None:
    body = {**message(reason="TRANSFERRED"), "personReference": {"identifiers": [{"type": "NOMS", "value": "A0002AA"}]}}

    assert "two different" in str(prison(json.dumps(body)).refused[0])


def test_a_null_prison_is_no_prison(prison: Map) -> None:
    assert "prison" not in only(prison(json.dumps(message(reason="TRANSFERRED", prisonId=None)))).fields


@pytest.mark.parametrize(
    ("told", "micros"),
    [
        ("2026-11-23T09:30:00.437982210Z", MICROS + 437_982),
        ("2026-11-23T10:30:00+01:00", MICROS),
        ("2026-11-23T09:30:00", MICROS),
        ("2026-07-23T09:30:00", MICROS - 123 * 86_400_000_000 - 3_600_000_000),
    ],
)
def test_every_published_spelling_of_a_time_is_read(prison: Map, told: str, micros: int) -> None:
    assert only(prison(json.dumps({**message(reason="TRANSFERRED"), "occurredAt": told}))).at == micros


def test_a_time_without_a_zone_is_noted(prison: Map) -> None:
    mapped = prison(json.dumps({**message(reason="TRANSFERRED"), "occurredAt": "2026-11-23T09:30:00"}))

    assert "Europe/London" in mapped.notes[0]


def test_every_wrapping_gives_the_same_event(prison: Map) -> None:
    inner = message(reason="TRANSFERRED")
    one = sns(inner)
    wrappings = [
        json.dumps(one),
        json.dumps([one]),
        json.dumps({"Messages": [{"MessageId": "q-1", "Body": json.dumps(one)}]}),
        json.dumps({"Records": [{"messageId": "q-2", "body": json.dumps(one)}]}),
    ]

    assert len({only(prison(each)).id for each in wrappings}) == 1
    assert {only(prison(each)).type for each in [*wrappings, json.dumps(inner)]} == {"person.released"}


def test_lines_are_mapped_one_by_one_and_a_broken_one_is_refused_alone(prison: Map) -> None:
    lines = [json.dumps(message(reason="TRANSFERRED")), '{"broken', json.dumps(sns(message(reason="SENT_TO_COURT")))]
    mapped = prison("\n".join(lines))

    assert [event.type for event in mapped.events] == ["person.released", "person.movement"]
    assert [str(one).split(" ")[0] for one in mapped.refused] == ["in:2:"]


def test_a_message_without_an_id_is_named_by_what_it_says(prison: Map) -> None:
    outer = sns(message(reason="TRANSFERRED"))
    del outer["MessageId"]

    assert only(prison(json.dumps(outer))).id == only(prison(json.dumps([outer]))).id


def test_an_id_is_the_same_for_a_re_send_and_another_for_another_message(prison: Map) -> None:
    first, again = (only(prison(json.dumps(sns(message(reason="TRANSFERRED"))), as_of=at)).id for at in (1, 2))
    other = only(prison(json.dumps(sns(message(reason="TRANSFERRED"), MessageId="m-2")))).id

    assert first == again != other


def test_a_link_reference_registers_once(prison: Map) -> None:
    body = json.dumps(message(reason="TRANSFERRED", linkReference="shared-1"))
    first = prison(body)
    again = prison(body, memory=first.memory)

    assert [event.type for event in first.events] == ["person.registered", "person.released"]
    assert str(first.events[0].fields["link"]).startswith("l1.")
    assert [event.type for event in again.events] == ["person.released"]


# Old NOMIS Offender Events.


@pytest.mark.parametrize(
    ("kind", "way", "origin", "expected"),
    [
        ("TAP", "OUT", "MDI", ("person.released", "TEMPORARY_ABSENCE_RELEASE")),
        ("TAP", "IN", "OUT", ("person.received", "TEMPORARY_ABSENCE_RETURN")),
        ("CRT", "OUT", "MDI", ("person.movement", "SENT_TO_COURT")),
        ("CRT", "IN", "ABC", ("person.received", "RETURN_FROM_COURT")),
        ("TRN", "OUT", "MDI", ("person.released", "TRANSFERRED")),
        ("ADM", "IN", "OUT", ("person.received", "ADMISSION")),
        ("ADM", "IN", "LEI", ("person.received", "TRANSFERRED")),
        ("REL", "OUT", "MDI", None),
    ],
)
def test_an_old_movement_is_read_by_type_and_direction(
    prison: Map, kind: str, way: str, origin: str, expected: Any
) -> None:
    body = {
        "eventType": "EXTERNAL_MOVEMENT_RECORD-INSERTED",
        "eventDatetime": "2026-11-23T09:30:00",
        "offenderIdDisplay": "A0001AA",
        "movementType": kind,
        "directionCode": way,
        "fromAgencyLocationId": origin,
        "toAgencyLocationId": "MDI" if way == "IN" else "OUT",
    }
    mapped = prison(json.dumps(body))

    assert [(event.type, event.fields["reason"]) for event in mapped.events] == ([expected] if expected else [])


# Records.


def test_a_record_tells_everything_once_and_nothing_twice(prison: Map) -> None:
    first = prison(record(legalStatus="SENTENCED", conditionalReleaseDate="2027-04-14"), as_of=1)
    again = prison(record(legalStatus="SENTENCED", conditionalReleaseDate="2027-04-14"), as_of=2, memory=first.memory)

    assert [event.type for event in first.events] == [
        "person.registered",
        "legal_status.changed",
        "release_dates.changed",
    ]
    assert first.events[2].fields == {"crd": date(2027, 4, 14)}
    assert not again.events


def test_a_changed_date_tells_the_whole_set(prison: Map) -> None:
    first = prison(record(conditionalReleaseDate="2027-04-14", sentenceExpiryDate="2028-04-14"), as_of=1)
    told = record(
        conditionalReleaseDate="2027-04-10", sentenceExpiryDate="2028-04-14", confirmedReleaseDate="2027-04-09"
    )
    event = only(prison(told, as_of=2, memory=first.memory))

    assert event.fields == {"confirmed": date(2027, 4, 9), "crd": date(2027, 4, 10), "sed": date(2028, 4, 14)}
    assert event.at == event.seq == 2


def test_dates_that_all_vanish_are_told_as_none(prison: Map) -> None:
    first = prison(record(conditionalReleaseDate="2027-04-14", bookingId="7"), as_of=1)
    event = only(prison(record(bookingId="7"), as_of=2, memory=first.memory))

    assert event.fields == {"booking": first.events[1].fields["booking"]}


def test_an_override_outranks_the_calculated_date(prison: Map) -> None:
    mapped = prison(record(conditionalReleaseDate="2022-11-25", conditionalReleaseOverrideDate="2022-11-26"))

    assert mapped.events[1].fields["crd"] == date(2022, 11, 26)


def test_the_most_likely_date_is_not_read(prison: Map) -> None:
    assert [event.type for event in prison(record(releaseDate="2027-04-14")).events] == ["person.registered"]


def test_an_older_record_never_undoes_a_newer_one(prison: Map) -> None:
    newer = prison(record(conditionalReleaseDate="2027-04-14"), as_of=5)
    older = prison(record(conditionalReleaseDate="2027-01-01"), as_of=4, memory=newer.memory)

    assert not older.events
    assert "older" in older.notes[0]


def test_two_records_of_one_instant_keep_their_order(prison: Map) -> None:
    page = {"content": [json.loads(record(conditionalReleaseDate=day)) for day in ("2027-04-14", "2027-04-15")]}
    dates = [event for event in prison(json.dumps(page)).events if event.type == "release_dates.changed"]

    assert dates[0].at < dates[1].at


def test_a_record_never_tells_a_release(prison: Map) -> None:
    left = record(status="INACTIVE OUT", lastMovementReasonCode="CR", conditionalReleaseDate="2020-04-14")
    mapped = prison(left)

    assert [event.type for event in mapped.events] == ["person.registered"]
    assert "left prison" in mapped.notes[0]


def test_after_a_release_dates_are_news_again(prison: Map) -> None:
    held = record(conditionalReleaseDate="2027-04-14", legalStatus="SENTENCED")
    before = prison(held, as_of=1).memory
    freed = {
        **before,
        **prison(json.dumps(message(reason="RELEASED", nomisMovementReasonCode="CR")), memory=before).memory,
    }

    assert only(prison(held, as_of=9, memory=freed)).type == "release_dates.changed"


def test_a_recall_is_told_by_kind(prison: Map) -> None:
    mapped = prison(record(recall=True, imprisonmentStatus="LR", postRecallReleaseDate="2027-01-11"))

    assert mapped.events[1].fields["recall"] == "STANDARD"


def test_a_corrected_birth_date_is_told_apart(prison: Map) -> None:
    first = prison(record(), as_of=1)
    again = prison(record(dateOfBirth="1997-07-09"), as_of=2, memory=first.memory)

    assert again.events[0].type == "person.dob_corrected"
    assert again.events[0].fields == {"old": date(1996, 7, 9), "new": date(1997, 7, 9)}
    assert again.events[1].fields["dob"] == date(1997, 7, 9)


def test_a_death_in_a_record_is_told_once(prison: Map) -> None:
    first = prison(record(legalStatus="DEAD"), as_of=1)

    assert "person.died" in {event.type for event in first.events}
    assert not prison(record(legalStatus="DEAD"), as_of=2, memory=first.memory).events


@pytest.mark.parametrize(
    "kind",
    [
        "prison-offender-events.prisoner.sentence-dates-changed",
        "calculate-release-dates.prisoner.changed",
        "prisoner-offender-search.prisoner.updated",
        "SENTENCE_DATES-CHANGED",
    ],
)
def test_a_date_change_without_dates_asks_for_the_record(prison: Map, kind: str) -> None:
    body = json.dumps(message(kind, bookingId=7))
    found = json.loads(record(conditionalReleaseDate="2027-04-14"))

    assert not prison(body).events
    assert "record is needed" in prison(body).notes[0]
    answered = prison(body, records=lambda number: found if number == "A0001AA" else None)
    assert answered.events[-1].fields == {"crd": date(2027, 4, 14)}
    assert answered.events[-1].at == MICROS


def test_a_look_up_that_answers_with_another_person_is_refused(prison: Map) -> None:
    body = json.dumps(message("calculate-release-dates.prisoner.changed"))

    assert prison(body, records=lambda number: {"prisonerNumber": "A0002AA"}).refused


def test_a_bad_record_is_refused_whole_and_its_neighbours_stand(prison: Map) -> None:
    page = [
        json.loads(record()),
        {"prisonerNumber": "A0002AA", "dateOfBirth": "1990-01-01", "automaticReleaseDate": "soon"},
    ]
    mapped = prison(json.dumps({"content": page}))

    assert [event.type for event in mapped.events] == ["person.registered"]
    assert [one.where for one in mapped.refused] == ["in.content[1]"]
    assert set(mapped.memory) == {mapped.events[0].record}


def test_a_folder_of_records_answers_by_number_and_the_later_file_wins(prison: Map, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps({"content": [json.loads(record(conditionalReleaseDate="2027-01-01"))]}))
    (tmp_path / "2.json").write_text(record(conditionalReleaseDate="2027-04-14"))
    (tmp_path / "3.json").write_text("{broken")
    body = json.dumps(message("prison-offender-events.prisoner.sentence-dates-changed"))

    answered = prison(body, records=folder_of_records(tmp_path))

    assert answered.events[-1].fields == {"crd": date(2027, 4, 14)}


# What a resettlement team knows, as rows of our own.


def test_needs_and_consents_are_told_of_the_same_record_as_the_events(prison: Map) -> None:
    rows = "event,prisoner_number,at,homeless,lha,consent\nneeds,A0001AA,2026-11-23T09:00:00Z,yes,MANCHESTER,HOUS SMS\n"
    (need,) = prison(rows).events
    released = only(prison(json.dumps(message("prison-offender-events.prisoner.released", reason="SENT_TO_COURT"))))

    assert need.record == released.record
    assert need.fields == {"homeless": True, "lha": "MANCHESTER", "consent": ("HOUS", "SMS")}


def test_a_consent_names_known_teams_or_is_refused(prison: Map) -> None:
    rows = "event,prisoner_number,at,teams\nconsent,A0001AA,2026-11-23T09:00:00Z,{}\n"

    assert only(prison(rows.format("HOUS"))).type == "consent.given"
    assert prison(rows.format("POLICE")).refused
