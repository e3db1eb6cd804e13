"""`hub policy test`, `coverage`, `mutants`, `questions`: whether the agreements say what their signatories expect."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from hub.cli.asked import Examined, examined, lines
from hub.cli.faults import FAULT
from hub.cli.screen import Json, counted, emit, note, say, table

if TYPE_CHECKING:
    from hub.core.policy import Ask
    from hub.governance.coverage import Spot
    from hub.governance.mutants import Fate
    from hub.governance.questions import Answer, Question, Reach, Wrong

SHOWN = 20
MEND = "hint: mend the rule, or the answer if the rule was meant to change"


def ask(folder: Path | None = None, /, *, as_json: Json = False) -> int:
    """
    Put to the agreements every question that stands beside them, in questions/*.yaml of a folder of policies.

    Example: hub policy test ./policies
    """
    from hub.governance.questions import wrong

    it = examined(folder)
    found = list({id(one.of): one for one in wrong(it.sheet, it.policy.index)}.values())
    cases = sum(len(asks) for asked in it.sheet.asked.values() for _, asks in asked)
    if as_json:
        told = {"questions": len(it.sheet.questions), "reaches": len(it.sheet.reaches), "cases": cases}
        emit(told | {"wrong": [_wrong(it, one) for one in found]})
        return FAULT if found else 0
    for one in found[:SHOWN]:
        note(f"{it.line(one.of)}: {_otherwise(one)}; {MEND}")
    if len(found) > SHOWN:
        note(f"and {counted(len(found) - SHOWN, 'more')}")
    asked = f"{counted(len(it.sheet.questions), 'question')} in {counted(cases, 'case')}"
    reached = counted(len(it.sheet.reaches), "reach", "reaches")
    say(f"{'not ok' if found else 'ok'}: {asked} and {reached}, {len(found)} answered otherwise")
    return FAULT if found else 0


def _wrong(it: Examined, one: "Wrong") -> dict[str, Any]:
    return {"where": it.line(one.of), "case": _case(one.ask), "had": _said(one.had), "what": _otherwise(one)}


def _otherwise(one: "Wrong") -> str:
    from hub.governance.questions import Question

    if isinstance(one.of, Question):
        return f"`{one.of.asks}` of {_case(one.ask)}: {_said(one.had)}, expected {_said(one.of.answer)}"
    return f"`{one.of.clause}` has a say beyond its reach, of {_case(one.ask)}"


def _case(ask: "Ask | None") -> str:
    if ask is None:
        return "nothing"
    known = [f"{name} {word}" for name, word in sorted(ask.attributes.items()) if word is not None]
    return ", ".join([f"{ask.subject} from {ask.source} to {ask.team} on {ask.on.isoformat()}", *known])


def _said(answer: "Answer") -> str:
    if answer.reason is None:
        fields = ", ".join(f"{name}: {form}" for name, form in answer.fields)
        return f"told under {answer.clause} with {fields or 'no field'}"
    return f"withheld {answer.reason}" + (f" under {answer.clause}" if answer.clause else "")


def coverage(folder: Path | None = None, /, *, as_json: Json = False) -> int:
    """
    What the questions exercise of each agreement: clauses, subjects, sources, teams, words, fields, refusals and days.

    A spot is a thing that can turn an answer; what nothing can reach is none.

    Example: hub policy coverage ./policies
    """
    from hub.governance.coverage import covered, spots

    it = examined(folder)
    every, seen = spots(it.policy), covered(it.policy, it.sheet)
    lacking = [spot for spot in every if spot not in seen]
    rows = [_row(it, agreement, every, seen) for agreement in it.policy.agreements]
    if as_json:
        emit({"agreements": rows, "uncovered": [spot._asdict() for spot in lacking]})
        return FAULT if lacking else 0
    heads = ("agreement", "clauses", "questions", "spots", "covered")
    table(heads, [(*(str(row[name]) for name in heads[:-1]), f"{row['covered'] / row['spots']:.0%}") for row in rows])
    for spot in lacking[:SHOWN]:
        note(f"{spot.clause}: nobody asks about {_spot(spot)}; hint: hub policy questions proposes one")
    say(f"{len(every) - len(lacking):,} of {counted(len(every), 'spot')} covered")
    return FAULT if lacking else 0


def _row(it: Examined, agreement: str, every: "Collection[Spot]", seen: "set[Spot]") -> dict[str, Any]:
    clauses = {one.id for one in it.policy.clauses if one.agreement == agreement}
    mine = [spot for spot in every if spot.clause in clauses]
    stands = [one.agreement for one in it.sheet.questions] + [one.agreement for one in it.sheet.reaches]
    told = {"agreement": agreement, "clauses": len(clauses), "questions": stands.count(agreement)}
    return told | {"spots": len(mine), "covered": sum(spot in seen for spot in mine)}


def _spot(spot: "Spot") -> str:
    """
    A spot in words.

    >>> from hub.governance.coverage import Spot
    >>> _spot(Spot("DSA-001.2", "word", "age unknown")), _spot(Spot("DSA-001.2", "decides"))
    ('the word `age unknown`', 'what it decides')
    """
    if not spot.which:
        return {"decides": "what it decides", "reach": "whom alone it reaches"}[spot.what]
    return f"the {spot.what} `{spot.which}`"


def mutants(
    folder: Path | None = None,
    /,
    *,
    count: Annotated[int, Parameter(help="how many to judge; 0: every one there is", validator=Number(gte=0))] = 500,
    seed: Annotated[int, Parameter(help="which come first")] = 1,
    as_json: Json = False,
) -> int:
    """
    Make one slip at a time in the agreements, and see whether the questions notice.

    A mutant that answers everything as before is equivalent, and not counted.

    Example: hub policy mutants --count 1000 --seed 7
    """
    from hub.governance.mutants import scored, survivors

    it = examined(folder)
    fates = list(scored(it.policy, it.sheet, seed, count or None))
    left = survivors(fates)
    judged = [one for one in fates if not one.equivalent]
    if as_json:
        told = {"seed": seed, "mutants": len(judged), "killed": len(judged) - len(left)}
        equal = [{"clause": one.mutant.of, "slip": one.mutant.slip} for one in fates if one.equivalent]
        emit(told | {"survivors": [_survivor(one) for one in left], "equivalent": equal})
        return FAULT if left else 0
    _tell(fates)
    for one in left[:SHOWN]:
        note(f"{one.mutant.of}: nobody notices that {one.mutant.slip}; hint: ask about {_case(one.case)}")
    same = counted(len(fates) - len(judged), "other")
    say(f"{counted(len(judged), 'mutant')}, {len(judged) - len(left):,} killed; {same} answer nothing otherwise.")
    return FAULT if left else 0


def _tell(fates: "list[Fate]") -> None:
    kinds = Counter((one.mutant.kind, one.equivalent, one.killed is not None) for one in fates)
    rows = [
        (kind, *(f"{kinds[kind, *fate]:,}" for fate in ((False, True), (False, False), (True, False))))
        for kind in dict.fromkeys(one.mutant.kind for one in fates)
    ]
    table(("slip in a", "killed", "alive", "equivalent"), rows)


def _survivor(one: "Fate") -> dict[str, Any]:
    return {"clause": one.mutant.of, "slip": one.mutant.slip, "case": _case(one.case)}


def questions(
    folder: Path | None = None,
    /,
    *,
    write: Annotated[bool, Parameter(negative="", help="add them to FOLDER/questions, to be read there")] = False,
    renew: Annotated[
        bool, Parameter(negative="", help="the same, once those that are answered otherwise now are taken out")
    ] = False,
    as_json: Json = False,
) -> int:
    """
    Propose questions for whatever nobody asks yet, with the answers that the agreements give today.

    Read every answer before you keep it: a wrong rule proposes a wrong answer.

    Example: hub policy questions ./policies --write
    """
    from hub.governance.proposals import missing

    it = examined(folder)
    if renew:
        _drop(it)
        it = examined(folder)
    found: dict[str, list[Question | Reach]] = {}
    for one in missing(it.policy, it.sheet):
        found.setdefault(one.agreement, []).append(one)
    told = {agreement: lines(some, it.policy) for agreement, some in sorted(found.items())}
    if as_json:
        emit({name: {"reaches": reaches, "questions": asked} for name, (reaches, asked) in told.items()})
        return 0
    for agreement, (reaches, asked) in told.items():
        if write or renew:
            _write(it.folder, agreement, reaches, asked)
        else:
            say_file(agreement, reaches, asked)
    note(f"{counted(sum(map(len, found.values())), 'question')} put forward; read each answer before you keep it")
    return 0


def say_file(agreement: str, reaches: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    """The file of one agreement's questions, on the screen."""
    for line in _file(agreement, reaches, asked).splitlines():
        say(line)


def _file(agreement: str, reaches: list[dict[str, Any]], asked: list[dict[str, Any]]) -> str:
    from hub.edges.policy_schemas import modeline
    from hub.edges.question_files import FOLDER, written

    above = modeline(Path(), Path(FOLDER) / f"{agreement.lower()}.yaml")
    parts = [f"{above}\nagreement: {agreement}\n"]
    parts += [f"reaches:\n{written(reaches)}"] if reaches else []
    parts += [f"questions:\n{written(asked)}"] if asked else []
    return "".join(parts)


def _write(folder: Path, agreement: str, reaches: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    """A new file, or the lines of each list added below those that are there."""
    from hub.edges.question_files import FOLDER, added, written

    file = folder / FOLDER / f"{agreement.lower()}.yaml"
    file.parent.mkdir(exist_ok=True)
    text = file.read_text("utf-8") if file.exists() else _file(agreement, [], [])
    for name, more in (("reaches", written(reaches)), ("questions", written(asked))):
        text = added(text, name, more)
    file.write_text(text, "utf-8")
    say(f"{file}: {counted(len(reaches) + len(asked), 'line')} added")


def _drop(it: Examined) -> None:
    """Take out every question that is answered otherwise, and every reach that a clause has a say beyond."""
    from hub.edges.question_files import without
    from hub.governance.questions import wrong

    gone: dict[Path, set[tuple[str | int, ...]]] = {}
    for one in wrong(it.sheet, it.policy.index):
        file, where = it.places[id(one.of)]
        gone.setdefault(file, set()).add(where)
    for file, places in gone.items():
        file.write_text(without(file.read_text("utf-8"), places), "utf-8")
        say(f"{file}: {counted(len(places), 'line')} taken out")
