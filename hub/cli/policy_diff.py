"""`hub policy diff`: what a change of rules opens and closes, exactly, and whether its amendment says so."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.cli.faults import FAULT, CommandError
from hub.cli.screen import Json, counted, emit, say, section, table
from hub.place import HERE, Place
from hub.rulebook import Bundle, in_force, meant, rules_of

if TYPE_CHECKING:
    from hub.governance.amendment import Review
    from hub.governance.diff import Change
    from hub.governance.space import Cell

Text = str | None


def diff(
    old: Text = None,
    new: Text = None,
    /,
    *,
    draft: Annotated[Path | None, Parameter(help="write an amendment.yaml here that lists what opens")] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Show every disclosure that a change of rules opens or closes, each with its smallest example.

    OLD and NEW are folders of policies, bundle files, or numbers or hashes of bundles in the log. OLD is what is in
    force if not named, and NEW the policies that travel with the hub. Everything that can be asked of the agreements is
    asked: nothing is sampled. Exit code 1 when something opens that NEW's amendment does not list.

    Example: hub policy diff 3 ./policies
    """
    after = meant(new, place)
    before = in_force(place) if old is None else meant(old, place)
    found = review(before, after)
    if draft is not None:
        return _draft(found, draft)
    if as_json:
        emit(document(found, before, after))
    else:
        show(found, before, after)
    return FAULT if found.unlisted else 0


def review(before: Bundle | None, after: Bundle) -> "Review":
    """The change from *before* to *after*, beside the amendment that *after* carries."""
    from hub.governance.amendment import review as reviewed

    return reviewed(None if before is None else rules_of(before), rules_of(after), after["amendment"])


def agree(found: "Review") -> None:
    """Refuse a change that opens what its amendment does not list, or lists what it does not open."""
    cure = "see `hub policy diff`; its --draft writes amendment.yaml"
    if found.unlisted:
        many = f" and {counted(len(found.unlisted) - 1, 'more line')}" if len(found.unlisted) > 1 else ""
        raise CommandError(f"amendment.yaml: does not list `{found.unlisted[0]}`{many}; hint: {cure}")
    if found.idle:
        raise CommandError(f"amendment.yaml: lists what does not open, `{found.idle[0]}`; hint: {cure}")


def show(found: "Review", before: Bundle | None, after: Bundle) -> None:
    """The change for eyes: by team, then line by line, then what else is not as it was."""
    from hub.governance.saying import ahead, called, details, edit, verdict
    from hub.governance.tables import edits
    from hub.governance.wording import grouped
    from hub.wire.bundle import content

    say(f"from {called(before)} to {called(after)}")
    closed, past = ahead(found.diff.closed, date.today())  # noqa: DTZ011 - for a reader, by the reader's calendar
    opens, closes = (Counter(one.of.team for one in some) for some in (found.diff.opened, closed))
    if teams := sorted({*opens, *closes}):
        table(("Team", "Opens", "Closes"), [(team, f"{opens[team]:,}", f"{closes[team]:,}") for team in teams])
    for line in grouped(found.diff.opened):
        told = details(line, found.diff.opened)
        section(f"opens: {line.about}", "withheld", [*told, *(_listed(line.text, found) if before else ())])
    for text in found.opens[len(grouped(found.diff.opened)) :]:
        section(f"opens: {text}", "withheld", _listed(text, found) if before else ())
    for line in grouped(closed):
        section(f"closes: {line.about}", "delivered", details(line, closed))
    if past:
        say(f"closes on past days alone: {counted(past, 'disclosure')}; --json has them all")
    for idle in found.idle:
        section("listed, and does not open", "withheld", [("amendment", idle)])
    others = [] if before is None else list(edits(content(before), content(after)))
    if others:
        section("what is written otherwise", "", [(one.path, edit(one.before, one.after)) for one in others])
    say(verdict(found, before))


def _listed(text: str, found: "Review") -> list[tuple[str, str]]:
    return [("amendment", "does not list this" if text in found.unlisted else "lists this")]


def document(found: "Review", before: Bundle | None, after: Bundle) -> dict[str, Any]:
    """The change for programs: every disclosure by itself, with where it is so and its smallest example."""
    from hub.governance.tables import edits
    from hub.governance.wording import lines
    from hub.wire.bundle import content, digest

    diff = found.diff
    others = [] if before is None else edits(content(before), content(after))
    return {
        "old": before and {"hash": digest(before), "sequence": before["sequence"]},
        "new": {"hash": digest(after), "sequence": after["sequence"]},
        "opened": [_change(one) for one in diff.opened],
        "closed": [_change(one) for one in diff.closed],
        "opens": found.opens,
        "closes": lines(diff.closed),
        "unlisted": found.unlisted,
        "idle": found.idle,
        "otherwise": [one._asdict() for one in others],
    }


def _change(one: "Change") -> dict[str, Any]:
    of = one.of
    about = {
        "team": of.team,
        "subject": of.subject,
        "source": of.source,
        "field": of.piece.field,
        "form": of.piece.form,
        "broken_glass": of.broken,
    }
    example = {"on": one.example.first, "known": {name: words[0] for name, words in one.example.words if words[0]}}
    return {**about, "where": [_where(cell) for cell in one.where], "example": example}


def _where(cell: "Cell") -> Mapping[str, Any]:
    return {"from": cell.first, "to": cell.last, "when": {name: [*words] for name, words in cell.words}}


def _draft(found: "Review", file: Path) -> int:
    """An amendment to fill in; its openings are quoted, as colons mean something to YAML."""

    opens = [f"- {json.dumps(line, ensure_ascii=False)}" for line in found.opens]
    if not opens:
        say("nothing opens: no amendment is needed")
        return 0
    today = date.today().isoformat()  # noqa: DTZ011 - for whoever fills in the rest to correct
    head = [f"date: {today}", "by:  # who decided this, by role", "why:  # why each of these is opened", "opens:"]
    file.write_text("\n".join([*head, *opens, ""]), "utf-8")
    say(f"{file}: {counted(len(opens), 'opening')}; next: say there by whom and why")
    return 0
