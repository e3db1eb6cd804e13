"""
How far a new partner has come, from what is so in the log and in the home: nobody ticks a box.

Each step says what is so, and what to do next where it is not done.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hub import topics, words
from hub.edges.home import Home, HomeError
from hub.edges.reader import Reader
from hub.intake.silence import Heard, span
from hub.topics import slug

Bundle = Mapping[str, Any]
MARKS = 200  # of connectors' positions that are looked at


class Step(NamedTuple):
    """One step: whether it is done, what was found, and what to do next if it is not."""

    title: str
    done: bool
    found: str
    next: str


class Facts(NamedTuple):
    """
    What the log and the home say of an agency.

    *taken* and *refused* count its records in 28 days, *told* all disclosures that rest on what it said.
    """

    rules: Bundle | None
    member: bool
    connected: bool
    key: bool
    taken: int
    refused: int
    heard: Heard
    told: int


def steps(agency: str, facts: Facts) -> tuple[Step, ...]:
    """The steps of one agency, in their order."""
    return (_agreement(agency, facts), _contacts(agency, facts), *_keys(agency, facts), *_events(facts))


def _agreement(agency: str, facts: Facts) -> Step:
    clauses = (facts.rules or {}).get("clauses", ())
    named = sorted({one["agreement"] for one in clauses if one["effect"] == "permit" and agency in one["sources"]})
    then = "write an agreement with it in `parties.publish`, and have two leads sign the rules"
    found = f"in force: {', '.join(named)}" if named else "no agreement in force lets anybody hear from it"
    return Step("Agreement", bool(named), found, then)


def _contacts(agency: str, facts: Facts) -> Step:
    agreements = (facts.rules or {}).get("agreements", {})
    mine = [one for one in agreements.values() if agency in one["parties"]["publish"]]
    named = sorted({one["contact"] for one in mine if one.get("contact")})
    then = "name who answers for each agreement (`contact`), a role and never a person"
    return Step("Contacts", bool(named), "; ".join(named) or "no agreement names one", then)


def _keys(agency: str, facts: Facts) -> tuple[Step, Step]:
    have = "its connector has signed in" if facts.connected else "its key is here; its connector has not signed in yet"
    keys = have if facts.connected or facts.key else "no connector of this agency was ever here"
    make = f"give it a Kafka name with write on {topics.intake(agency)}, and run `hub doctor --as {agency}` there"
    kinds = (facts.rules or {}).get("publishes", {}).get(agency, ())
    says = f"{words.counted(len(kinds), 'type')} it may state, all with a schema" if kinds else "it may state nothing"
    then = (
        "add a line under `publishes` in partnership.yaml"
        if facts.member
        else "add it to the home, then sign the rules"
    )
    return Step("Keys", facts.connected or facts.key, keys, make), Step("Schema", bool(kinds), says, then)


def _events(facts: Facts) -> tuple[Step, Step]:
    came = facts.taken > 0
    first = f"{words.counted(facts.taken, 'record')} taken in 28 days" if came else "nothing of it was taken yet"
    if facts.refused:
        first += f", {facts.refused:,} refused"
    send = "send one event: `hub connector try` shows what it would become, `hub publish` sends it"
    put = "look into quarantine for why, and put that right" if facts.refused else send
    live = facts.heard.state == "heard" and facts.told > 0
    if live:
        says = f"{words.counted(facts.told, 'disclosure')} rest on what it told"
    elif facts.heard.state == "silent":
        says = f"silent for {span(facts.heard.quiet)}"
    else:
        says = "no team was told of anything yet"
    return Step("Test event", came, first, put), Step("Go live", live, says, _live(facts))


def _live(facts: Facts) -> str:
    if facts.heard.state == "silent":
        return "ask whether its connector still runs"
    return "ask an information governance lead why what it sent is withheld" if facts.taken else "first a test event"


def connected(reader: Reader, agency: str) -> bool:
    """Whether a connector of this agency was among the last to sign in: it leaves its mark when it does."""
    start, lasts = slug(agency).encode(), reader.tail(topics.CONNECTOR_POSITIONS, MARKS)
    return any((record.key or b"").partition(b"/")[0] == start for record in lasts)


def has_key(home: Home, agency: str) -> bool:
    """Whether the agency's own key lies in the home, as where both share a machine."""
    try:
        return bool(home.agency_key(agency))
    except HomeError:
        return False
