"""Youth justice: the return's parts, its sentinel date, and its quarterly repetition."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from connectors.mapping import Mapped

Map = Callable[..., Mapped]


def case(until: str = "2026-12-31", **parts: Any) -> str:
    return json.dumps({"header": {"ypid": "TEST-17", "return_end_date": until}, **parts})


def kinds(mapped: Mapped) -> list[str]:
    assert not mapped.refused
    return [event.type for event in mapped.events]


def outcome(**more: Any) -> dict[str, Any]:
    return {
        "offence": [{"offenceLegalOutcome": [{"legalOutcome": "REFERRAL_ORDER", "outcomeDate": "2026-10-05", **more}]}]
    }


def test_every_part_tells_its_own_event(youth_justice: Map) -> None:
    mapped = youth_justice(
        case(
            person_details={"dateOfBirth": "2009-06-15", "sex": "1", "dateOf18ThBirthday": "2027-06-15"},
            hearing=[{"hearingDate": "2026-09-20", "remandDecision": "COURT_ORDERED_SECURE_REMAND"}],
            intervention_programme=[
                {"disposalType": "DTO_LICENCE", "startDate": "2026-10-01", "endDate": "2026-11-30"}
            ],
            transfer={"date": "2026-12-01", "description": "TRANSFER_TO_PROBATION"},
            care_status=[
                {"status": "SECTION_20", "startDate": "2024-01-01"},
                {"status": "ELIGIBLE", "startDate": "2025-06-15"},
            ],
            **outcome(outcomeEndDate="2027-07-04"),
        )
    )

    assert kinds(mapped) == [
        "person.registered",
        "order.started",
        "remand.youth_detention",
        "intervention.started",
        "intervention.ended",
        "transfer.made",
        "care_status.changed",
        "care_status.changed",
    ]
    assert mapped.events[2].fields == {"basis": "LASPO_s104", "start": date(2026, 9, 20)}
    assert mapped.events[5].fields == {"to": "PROBATION", "date": date(2026, 12, 1)}
    assert mapped.events[7].fields == {"old": "LOOKED_AFTER", "new": "ELIGIBLE"}


def test_the_sentinel_date_means_it_did_not_happen(youth_justice: Map) -> None:
    mapped = youth_justice(case(transfer={"date": "1900-01-01"}, **outcome(outcomeEndDate="1900-01-01")))

    assert kinds(mapped) == ["order.started"]
    assert "end" not in mapped.events[0].fields


def test_an_order_ends_only_once_its_end_has_come(youth_justice: Map) -> None:
    assert kinds(youth_justice(case(until="2027-06-30", **outcome(outcomeEndDate="2027-07-04")))) == ["order.started"]
    assert kinds(youth_justice(case(until="2027-09-30", **outcome(outcomeEndDate="2027-07-04"))))[1] == "order.ended"


def test_the_next_return_repeats_nothing_and_corrects_what_changed(youth_justice: Map) -> None:
    first = youth_justice(case(**outcome(outcomeEndDate="2027-07-04")))
    same = youth_justice(case(until="2027-03-31", **outcome(outcomeEndDate="2027-07-04")), memory=first.memory)
    longer = youth_justice(case(until="2027-03-31", **outcome(outcomeEndDate="2027-09-04")), memory=first.memory)

    assert kinds(same) == []
    assert longer.events[0].fields["end"] == date(2027, 9, 4)
    assert (longer.events[0].seq or 0) > (first.events[0].seq or 0)


def test_an_out_of_court_disposal_is_no_order(youth_justice: Map) -> None:
    assert kinds(youth_justice(case(**outcome(legalOutcome="YOUTH_CAUTION")))) == []


def test_an_unknown_code_refuses_the_case_and_says_where(youth_justice: Map) -> None:
    mapped = youth_justice(case(**outcome(legalOutcome="SOMETHING_NEW")))

    assert [one.where for one in mapped.refused] == ["in.offence[0].offenceLegalOutcome[0]"]


def test_free_text_and_victims_are_never_carried(youth_justice: Map) -> None:
    mapped = youth_justice(
        case(transfer={"date": "2026-12-01", "description": "moved to TEST TOWN"}, victim_intervention=[{"x": 1}])
    )

    assert mapped.events[0].fields == {"date": date(2026, 12, 1)}
    assert len(mapped.notes) == 2


def test_a_deleted_case_is_erased_and_forgotten(youth_justice: Map) -> None:
    mapped = youth_justice(json.dumps({"header": {"ypid": "TEST-17", "deleted": True}}))

    assert kinds(mapped) == ["person.erased"]
    assert set(mapped.memory.values()) == {None}


def test_a_majority_that_does_not_follow_is_noted(youth_justice: Map) -> None:
    mapped = youth_justice(case(person_details={"dateOfBirth": "2009-06-15", "dateOf18ThBirthday": "2026-06-15"}))

    assert "dateOf18ThBirthday" in mapped.notes[0]


def test_cases_may_come_in_a_list_an_envelope_or_lines(youth_justice: Map) -> None:
    one = json.loads(case(**outcome()))
    ways = [json.dumps([one]), json.dumps({"returns": [one]}), json.dumps(one), f"{json.dumps(one)}\n{case()}"]

    assert [kinds(youth_justice(way)) for way in ways] == [["order.started"]] * 4
