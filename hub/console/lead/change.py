"""Preview a change of rules: what it opens, what it closes, and what is left to do before it is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from hub import topics
from hub.console.desk import Desk
from hub.console.page import Ask, page
from hub.console.who import Role
from hub.edges.bundle_file import SignedBundle, read
from hub.governance.amendment import Review, review
from hub.governance.saying import ahead, called, details, edit, verdict
from hub.governance.tables import edits
from hub.governance.wording import grouped
from hub.place import PlaceError, compiled
from hub.rulebook import Bundle, Entry, history, meant, members, rules_of
from hub.wire.bundle import CONTEXT, BundleError, content, digest
from hub.wire.signing import NEEDED, verifies

LARGEST = 4 * 1024 * 1024  # bytes of a bundle file, which holds two bundles
RELEASE = "release"  # the policies that travel with the hub
REPLAYED = 28  # days of the log that are worth deciding again
Option = Mapping[str, object]
Part = tuple[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Task:
    """One step on the way into force, and whether it is done."""

    title: str
    done: bool
    status: str
    hint: str = ""


@page("/change", Role.LEAD, methods=("GET", "POST"), upload=LARGEST)
def policy_change(ask: Ask) -> Response:
    """
    Of two bundles in the log, or of a bundle file that was brought along.

    Keys never come near: each lead signs on a machine of their own, and the page ends with the commands for that.
    """
    log = _accepted(ask.desk)
    sent = ask.form.get("file")
    if isinstance(sent, UploadFile) and sent.filename:
        return _brought(ask, sent, log[-1].bundle if log else None, log)
    before, after = ask.query.get("from", ""), ask.query.get("to", "")
    problem = "Choose a bundle file" if ask.request.method == "POST" else ""
    shown: dict[str, Any] = {}
    if before and after and not problem:
        try:
            shown = _shown(_named(before, ask.desk), _named(after, ask.desk), ask)
        except (PlaceError, BundleError):
            problem = "Those rules are not in the log any more"
    return _page(ask, log, problem, {"from": before, "to": after}, shown)


def _accepted(desk: Desk) -> list[Entry]:
    """Every bundle that ever came into force; they are checked anew when the log has others."""
    ends = desk.place.reader().ends((topics.RULES,))
    held = _seen.get(desk.place.folder)
    if held is None or held[0] != ends:
        held = _seen[desk.place.folder] = ends, [one for one in history(desk.place) if one.refused is None]
    return held[1]


_seen: dict[Path, tuple[Mapping[tuple[str, int], int], list[Entry]]] = {}


@lru_cache(maxsize=1)
def _released(teams: tuple[str, ...]) -> Bundle:
    """The policies that travel with the hub, for these teams: they stay as they are while it runs."""
    return compiled(None, teams)


def _named(name: str, desk: Desk) -> Bundle:
    if name != RELEASE and not name.isdecimal():
        raise PlaceError(f"{name[:12]}: no rules; hint: choose from the list")
    return _released(members(desk.place)) if name == RELEASE else meant(name, desk.place)


def _brought(ask: Ask, sent: UploadFile, held: Bundle | None, log: Sequence[Entry]) -> Response:
    try:
        made = read(sent.file.read(LARGEST), "bundle")
        shown = _shown(made.previous, made.bundle, ask)
    except BundleError:
        return _page(ask, log, "The file must be a bundle of rules, as hub policy build makes it", {}, {})
    return _page(ask, log, "", {}, {**shown, "tasks": _tasks(made, held, shown["found"], ask.desk)})


def _page(
    ask: Ask, log: Sequence[Entry], problem: str, chosen: Mapping[str, str], shown: Mapping[str, Any]
) -> Response:
    numbers = [(str(one.bundle["sequence"]), called(one.bundle).capitalize()) for one in reversed(log)]
    newest = numbers[0][0] if numbers else ""
    return ask.render(
        "lead/change.html",
        problem=problem,
        before=_options(numbers, chosen.get("from") or newest),
        after=_options([(RELEASE, "The policies that travel with this release"), *numbers], chosen.get("to", RELEASE)),
        **shown,
    )


def _options(found: Sequence[tuple[str, str]], chosen: str) -> list[Option]:
    return [{"value": name, "text": text, "selected": name == chosen} for name, text in found]


def _shown(before: Bundle | None, after: Bundle, ask: Ask) -> dict[str, Any]:
    """The change in the words of `hub policy diff`."""
    found = review(None if before is None else rules_of(before), rules_of(after), after["amendment"])
    closed, past = ahead(found.diff.closed, ask.desk.today())
    lines = grouped(found.diff.opened)
    opens: list[Part] = [(line.about, [*details(line, found.diff.opened), _listed(line.text, found)]) for line in lines]
    opens += [(text, [_listed(text, found)]) for text in found.opens[len(lines) :]]
    others = [] if before is None else edits(content(before), content(after))
    return {
        "found": found,
        "was": called(before),
        "now": called(after),
        "hash": digest(after),
        "verdict": verdict(found, before),
        "opens": opens,
        "closes": [(line.about, details(line, closed)) for line in grouped(closed)],
        "past": past,
        "others": [(one.path, edit(one.before, one.after)) for one in others],
        "amendment": after["amendment"],
        "since": (ask.desk.today() - timedelta(days=REPLAYED)).isoformat(),
    }


def _listed(text: str, found: Review) -> tuple[str, str]:
    return "amendment", "does not list this" if text in found.unlisted else "lists this"


def _tasks(made: SignedBundle, held: Bundle | None, found: Review, desk: Desk) -> list[Task]:
    """What is done, and what is not."""
    new, now = made.bundle, desk.now()
    follows = new["previous"] == ("" if held is None else digest(held))
    there = held is not None and digest(held) == digest(new)
    good = _signers(made, desk)
    wrong = len(made.signatures) - len(good)
    stale = "" if there or now <= new["activate_by"] else "it had to be activated earlier: build it anew"
    tasks = [
        Task("It follows the rules in force", follows or there, "Yes" if follows or there else "No: build it anew"),
        Task(
            "The amendment lists all that opens, and no more",
            found.agreed,
            "Yes" if found.agreed else f"No: {len(found.unlisted)} not listed, {len(found.idle)} listed idly",
        ),
    ]
    for number in range(NEEDED):
        name = good[number] if number < len(good) else ""
        tasks.append(Task(f"Signature {number + 1} of {NEEDED}", bool(name), f"Key {name}" if name else "Not yet"))
    if wrong:
        tasks.append(Task("No other signature", False, f"{wrong} of a key that this hub does not trust"))
    tasks.append(Task("In force", there, "Yes" if there else stale or "Not yet"))
    return tasks


def _signers(made: SignedBundle, desk: Desk) -> list[str]:
    trusted, message = desk.place.open().trusted(), CONTEXT + made.body
    known = [one for one in made.signatures if one["key"] in trusted]
    return list(dict.fromkeys(one["key"] for one in known if verifies(one, trusted[one["key"]], message)))


PAGES = (policy_change,)
