"""What is told of one person is the same, byte for byte, whoever else is in the hub (block B4)."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import TEAMS, SmallHub, told

from hub import topics

KINDS = (
    ("HMPPS_PRISON", "release_dates.changed", {"crd": date(2026, 4, 8), "prison": "OTHER"}),
    ("HMPPS_PRISON", "person.received", {"reason": "ADMISSION", "prison": "OTHER"}),
    ("HMPPS_PRISON", "person.released", {"reason": "RELEASED", "licence": True}),
    ("HMPPS_PRISON", "needs.flagged", {"homeless": True, "consent": ("HOUS",), "lha": "MANCHESTER"}),
    ("GMP", "arrest.recorded", {"offence_group": "OTHER", "ward": "OTHER"}),
    ("YJS", "residence.changed", {"authority": "OTHER"}),
    ("YJS", "order.started", {"type": "YRO", "end": date(2027, 1, 1)}),
    ("HMPPS_PRISON", "person.died", {}),
)
MINE = (
    told("m-0", "person.registered", "mine", dob=date(2008, 9, 9), link="l-mine"),
    told("m-1", "release_dates.changed", "mine", "2026-02-03T09:00", crd=date(2026, 4, 8), prison="MDI"),
    told("m-2", "arrest.recorded", "mine", "2026-02-05T09:00", "GMP"),
    told("m-3", "needs.flagged", "mine", "2026-02-07T09:00", homeless=True, consent=("HOUS",)),
    told("m-4", "person.released", "mine", "2026-03-03T09:00", reason="RELEASED", licence=True),
)
JOIN = [told(f"m-g{agency}", "person.registered", "mine", agency=agency, link="l-mine") for agency in ("GMP", "YJS")]
others = st.lists(st.tuples(st.integers(3, 27), st.sampled_from(KINDS)), max_size=6)


def theirs(happened, dob):
    for agency in ("HMPPS_PRISON", "GMP", "YJS"):
        yield told(f"t-{agency}", "person.registered", "theirs", agency=agency, dob=dob, link="l-theirs")
    for number, (day, (agency, kind, fields)) in enumerate(happened):
        yield told(f"t-{number}", kind, "theirs", f"2026-02-{day:02}T08:00", agency, **fields)


def alerts(events):
    hub = SmallHub()
    for event in sorted(events, key=lambda event: event.at):
        hub.publish(event)
    hub.tick("2026-06-17T09:00")
    return {team: [(r.key, r.value) for r in hub.log.scan(topics.alerts(team))] for team in TEAMS}


@settings(max_examples=15)
@given(others, st.sampled_from([date(1990, 5, 5), date(2009, 2, 1)]))
def test_whoever_else_is_in_the_hub_an_alert_says_the_same(happened, dob):
    alone = alerts([*MINE, *JOIN])
    both = alerts([*MINE, *JOIN, *theirs(happened, dob)])
    mine = {team: {key for key, _ in told_of} for team, told_of in alone.items()}

    assert {team: [one for one in told_of if one[0] in mine[team]] for team, told_of in both.items()} == alone
    assert not any(b"OTHER" in value for told_of in alone.values() for _, value in told_of)
    assert sum(map(len, alone.values())) > 10
