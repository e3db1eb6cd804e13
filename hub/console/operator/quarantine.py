"""Quarantine: what the hub could not take and why, whether it would be taken now, and sending it again."""

from collections.abc import Mapping

from starlette.responses import Response

from hub import topics, wiring, words
from hub.console.operator import whose
from hub.console.page import Ask, missing, page
from hub.console.tabular import TYPES, Sheet, download
from hub.console.who import Role
from hub.core.calendar import HOUR
from hub.edges.reader import Reader
from hub.intake import redrive
from hub.intake.masked import Entry, masked
from hub.intake.quarantine import short, state
from hub.intake.trial import Trial
from hub.log import Record
from hub.place import values
from hub.projection import sources
from hub.projection.ask import number

ASKS, AGREES = (Role.OPERATOR,), (Role.OPERATOR, Role.LEAD)
LISTED = 40  # at once: a form has no more fields than 50
MOST = 10_000  # records of one owner in a file
COLUMNS = ("place", "refused", "sent_by", "came", "bytes", "reason", "state")
LOOKED_BACK = 28 * 24 * HOUR  # of reasons


@page("/quarantine", *whose.SEEN, nav="Quarantine")
def quarantine(ask: Ask) -> Response:
    """What lies there, newest first; of one agency or team, or of all that are theirs to see."""
    owners, of = whose.owners(ask), ask.query.get("of", "")
    if of and of not in owners:
        raise missing()
    only = of or (owners[0] if len(owners) == 1 else None)
    if not owners:
        raise missing()
    with ask.read() as sql:
        aside = sources.quarantined(sql, only, after=ask.query.get("after"), limit=LISTED + 1)
        reasons = [
            one for one in sources.reasons(sql, ask.desk.now() - LOOKED_BACK) if one[0] in ({of} if of else owners)
        ]
    done = known(ask, ask.desk.place.reader())
    rows = [(one, _place(one), state(_place(one), done)) for one in aside]
    return ask.render(
        "operator/quarantine.html",
        rows=rows[:LISTED],
        more=aside[LISTED - 1].cursor if len(aside) > LISTED else None,
        of=of,
        owners=owners,
        reasons=[(owner, *_why(reason), count) for owner, reason, count in reasons[:8]],
        waiting=list(done.waiting.values()),
        sends=ask.user.role in ASKS,
    )


@page("/quarantine.{form}", *whose.SEEN)
def quarantine_file(ask: Ask) -> Response:
    """All that waits, or was sent again, as a file."""
    if ask.path["form"] not in TYPES:
        raise missing()
    done = known(ask, ask.desk.place.reader())
    with ask.read() as sql:
        aside = [one for owner in whose.owners(ask) for one in sources.quarantined(sql, owner, limit=MOST)]
    return download(Sheet("quarantine", COLUMNS, (row(one, done) for one in aside)), ask.path["form"])


@page("/quarantine/{owner}/{partition}/{offset}", *whose.SEEN)
def refused(ask: Ask) -> Response:
    """One record: its type, fields and sizes, why it was refused and where in its schema; never what it says."""
    reader = ask.desk.place.reader()
    entry, done = found(ask, reader), known(ask, reader)
    told = done.sent.get(entry.place) or done.asked(entry.place)
    return ask.render(
        "operator/refused.html",
        entry=entry,
        state=state(entry.place, done),
        told=told,
        short=short(entry.place),
        sends=ask.user.role in ASKS,
    )


def found(ask: Ask, reader: Reader) -> Entry:
    """The record that the path names, if it is theirs to see, masked."""
    owner, partition, offset = (ask.path[name] for name in ("owner", "partition", "offset"))
    if owner not in {topics.slug(code) for code in whose.owners(ask)} or not (number(partition) and number(offset)):
        raise missing()
    record = reader.one(f"quarantine.{owner}.v1", int(partition), int(offset))
    if record is None:
        raise missing()
    return masked(ask.desk.wire, record)


@page("/quarantine/try", *ASKS, methods=("POST",))
def try_refused(ask: Ask) -> Response:
    """Which of those chosen would be taken now; nothing is changed."""
    places = [str(one) for one in ask.form.getlist("place")]
    if not places:
        return ask.redirect("quarantine", "Nothing was chosen, so nothing was tried.")
    made = _plan(ask, places)
    return ask.render("operator/tried.html", made=made, places=places, reasons=redrive.reasons(ask.desk.rules()))


@page("/quarantine/send", *ASKS, methods=("POST",))
def send_again(ask: Ask) -> Response:
    """Send those chosen again, or ask for a second person."""
    rules, reason = ask.desk.rules(), str(ask.form.get("reason", ""))
    places = [str(one) for one in ask.form.getlist("place")]
    why = redrive.reasons(rules)
    made = _plan(ask, places)
    if reason not in why:
        return ask.render(
            "operator/tried.html", 400, made=made, places=places, reasons=why, problem="Say why it is sent again"
        )
    if not made.sends:
        return ask.redirect("quarantine", "Nothing was sent: none of it would be taken.")
    asked = redrive.request(made.sends, reason, ask.user.id, ask.desk.now())
    if made.two_people:
        ask.desk.append([redrive.asked(ask.desk.wire, asked)])
        return ask.redirect(
            "asked_again", "It waits for a second person. Give them this page’s address.", id=asked["id"]
        )
    sent = redrive.send(ask.desk.place, ask.desk.wire, made.sends, asked, None, ask.desk.now())
    return ask.redirect("quarantine", _said(len(sent)))


@page("/quarantine/asked/{id}", *AGREES, methods=("GET", "POST"))
def asked_again(ask: Ask) -> Response:
    """A request that waits for a second person, who is not the first."""
    reader = ask.desk.place.reader()
    asked = known(ask, reader).waiting.get(ask.path["id"])
    if asked is None:
        raise missing()
    own, made = asked["by"] == ask.user.id, _plan(ask, asked["entries"])
    if ask.request.method == "POST" and not own:
        sent = redrive.send(ask.desk.place, ask.desk.wire, made.sends, asked, ask.user.id, ask.desk.now())
        told = _said(len(sent))
        if ask.user.role is Role.LEAD:
            ask.session.told.append(told)
            return ask.redirect("home")
        return ask.redirect("quarantine", told)
    why = redrive.reasons(ask.desk.rules()).get(asked["reason"], asked["reason"])
    return ask.render("operator/asked.html", asked=asked, made=made, own=own, why=why, short=short)


def _plan(ask: Ask, places: list[str]) -> redrive.Plan:
    reader, desk = ask.desk.place.reader(), ask.desk
    try:
        records: Mapping[str, Record] = dict(zip(places, redrive.found(reader, places), strict=True))
        trial = Trial(wiring.program(desk.place.open()), reader, desk.now())
        return redrive.plan(records, trial, known(ask, reader), desk.rules())
    except redrive.RedriveError:
        raise missing() from None


def known(ask: Ask, reader: Reader) -> redrive.Known:
    """What was sent again out of quarantine, or is asked for."""
    return redrive.known(values(ask.desk.wire, reader, topics.REDRIVES), ask.desk.now())


def _place(one: sources.Aside) -> str:
    return f"{topics.quarantine(one.owner)}/{one.partition}/{one.offset}"


def row(one: sources.Aside, done: redrive.Known) -> tuple[str | int, ...]:
    """What lies in quarantine, by its columns."""
    where = _place(one)
    return where, words.iso(one.at), one.owner, one.source, one.size, one.reason, state(where, done)


def _why(reason: str) -> tuple[str, str]:
    what, _, cure = reason.partition("; hint: ")
    return what, cure


def _said(count: int) -> str:
    return f"{count} sent again." if count else "Nothing was sent: somebody else had sent it."


PAGES = (quarantine, quarantine_file, try_refused, send_again, asked_again, refused)
