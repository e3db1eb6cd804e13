"""
Questions put forward for whatever nobody asks yet: about each clause, what it tells, and each thing that turns it.

Their answers are those of the policy as it stands. They are worth nothing until a person has read them and agrees.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product

from hub.core.calendar import DAY
from hub.core.policy import VOCABULARY, Ask, Clause, Effect, decide
from hub.governance.coverage import UNKNOWN, covered, spots
from hub.governance.mutants import fate, mutants
from hub.governance.policy import Group, Policy, groups
from hub.governance.questions import Answer, Question, Reach, Sheet, answer, decides, sheet
from hub.governance.space import Key, Words, names

Given = tuple[tuple[str, Words], ...]
Case = tuple[str, tuple[date, ...], Given]
Told = dict[str, str | None]


def missing(policy: Policy, told: Sheet) -> Iterator[Question | Reach]:
    """
    Questions, and reaches, that exercise what those *told* do not, and notice every slip that they do not.

    Where clauses overlap, some of it shows in a single case alone; that is then asked as it is.
    """
    seen, made = covered(policy, told), list[Question | Reach]()
    for one in _broad(policy):
        more = covered(policy, _sheet(policy, [one]))
        if not more <= seen:
            seen |= more
            made.append(one)
    for spot, case in spots(policy).items():
        if case is not None and spot not in seen:
            made.append(_single(policy, spot.clause, f"as to the {spot.what} {spot.which}".rstrip(), case))
            seen |= covered(policy, _sheet(policy, made[-1:]))
    yield from made
    every = _sheet(policy, [*told.questions, *told.reaches, *made])
    for mutant in (one for some in mutants(policy).values() for one in some):
        case = fate(policy, mutant, every).case
        if case is not None:
            made.append(_single(policy, mutant.of, f"which shows that {mutant.slip}", case))
            every = _sheet(policy, [*told.questions, *told.reaches, *made])
            yield made[-1]


def _broad(policy: Policy) -> Iterator[Question | Reach]:
    for clause in sorted(policy.clauses, key=lambda one: one.effect is Effect.FORBID):
        yield from proposals(policy, clause)


def _sheet(policy: Policy, lines: Iterable[Question | Reach]) -> Sheet:
    lines = list(lines)
    questions = [one for one in lines if isinstance(one, Question)]
    return sheet(policy, questions, [one for one in lines if isinstance(one, Reach)])


def _single(policy: Policy, number: str, why: str, ask: Ask) -> Question:
    """One case, asked as it is."""
    given = tuple((name, (word,)) for name, word in sorted(ask.attributes.items()) if word is not None)
    about = ((ask.subject,), (ask.source,), (ask.team,))
    asks, agreement = f"{_rule(number)}, a case {why}", number.rpartition(".")[0]
    return Question(asks, agreement, *about, (ask.on,), given, answer(decide(ask, policy.index)))


def _rule(number: str) -> str:
    return f"Rule {number.rpartition('.')[2]}"


def proposals(policy: Policy, clause: Clause) -> Iterator[Question | Reach]:
    """All there is to ask about one clause, and whom alone it ever concerns."""
    asked: dict[tuple[Case, Answer], list[Key]] = {}
    keys = list(policy.keys(clause.subjects, clause.sources, clause.teams))
    for group in groups({key: policy.index[key] for key in keys}):
        usual = _usual(clause, group)
        if usual is None:
            continue
        for case in _cases(policy, clause, usual):
            for exact, said in _answered(case, group):
                asked.setdefault((exact, said), []).extend(group[1])
    for ((asks, days, given), said), found in asked.items():
        for subjects, sources, teams in boxes(policy, found):
            yield Question(asks, clause.agreement, subjects, sources, teams, days, given, said)
    for subjects, sources, teams in boxes(policy, keys):
        yield Reach(clause.id, clause.agreement, subjects, sources, teams)


def _usual(clause: Clause, group: Group) -> Told | None:
    """Of whom the clause decides, on its first day and its last, with as little known besides as can be."""
    clauses, keys = group
    mine = dict(clause.when)
    forbidding = (
        {name: allowed for other in clauses if other.effect is Effect.FORBID for name, allowed in other.when}
        if clause.effect is Effect.PERMIT
        else {}
    )
    choices: list[tuple[str, list[str | None]]] = []
    for name in names(clauses):
        known = VOCABULARY.get(name, ())
        if name in mine:
            choices.append((name, [word for word in known if word in mine[name]]))
        else:
            barred = forbidding.get(name, frozenset())
            last = reversed([word for word in known if name not in forbidding or word not in barred])
            choices.append((name, [*last, None] if name in forbidding else [None, *known]))
    for told in product(*(words for _, words in choices)):
        person = dict(zip((name for name, _ in choices), told, strict=True))
        found = [decides(decide(Ask(*keys[0], on, person), {keys[0]: clauses})) for on in _days(clause)]
        if all(by is not None and by.id == clause.id for by in found):
            return person
    return None


def _days(clause: Clause) -> tuple[date, ...]:
    """Its first day, and its last; of a forbid, which never lapses, the day after."""
    last = min(clause.ends, clause.review_by)
    return (clause.starts, last if clause.effect is Effect.PERMIT else last + DAY)


def _cases(policy: Policy, clause: Clause, usual: Told) -> Iterator[Case]:
    rule = _rule(clause.id)
    permits = clause.effect is Effect.PERMIT
    within: dict[str, Words] = {}
    for name, allowed in clause.when:
        words = tuple(word for word in VOCABULARY[name] if word in allowed)
        within[name] = words if permits else (*words, None)
    yield f"{rule}: {policy.says[clause.id]}", _days(clause), _given(usual, within)
    first = (clause.starts,)
    if not permits:
        for at in (0, -1):
            known = {name: (words[at],) for name, words in VOCABULARY.items() if name not in {**usual, **within}}
            yield f"{rule}, whatever else is known", first, _given(usual, {**known, **within})
    for name, allowed in clause.when:
        outside = [word for word in VOCABULARY[name] if word not in allowed]
        if outside:
            yield f"{rule}, but {name} is {_or(outside)}", first, _given(usual, {name: tuple(outside)})
        if permits:
            yield f"{rule}, but {name} is {UNKNOWN}", first, _given(usual, {name: (None,)})
    yield f"{rule}, but on the day before it begins", (clause.starts - DAY,), _given(usual, {})
    if permits:
        yield f"{rule}, but on the day after it ends", (_days(clause)[1] + DAY,), _given(usual, {})


def _or(words: list[str]) -> str:
    return " or ".join(word.replace("_", " ") for word in words)


def _given(usual: Told, other: Mapping[str, Words]) -> Given:
    """What is known of the person: the usual, but for the *other* words; what is unknown alone goes unsaid."""
    told: dict[str, Words] = {name: (word,) for name, word in usual.items()} | dict(other)
    return tuple((name, words) for name, words in sorted(told.items()) if words != (None,))


def _answered(case: Case, group: Group) -> Iterator[tuple[Case, Answer]]:
    """The case with its answer; cut into single days and words where they are not all answered alike."""
    (asks, days, given), (clauses, keys) = case, group
    said: dict[Answer, list[Case]] = {}
    for on in days:
        for told in product(*(words for _, words in given)):
            person = dict(zip((name for name, _ in given), told, strict=True))
            found = answer(decide(Ask(*keys[0], on, person), {keys[0]: clauses}))
            one = tuple((name, (word,)) for name, word in person.items())
            said.setdefault(found, []).append((asks, (on,), one))
    if len(said) == 1:
        yield case, next(iter(said))
    else:
        yield from ((one, found) for found, ones in said.items() for one in ones)


def boxes(policy: Policy, keys: Iterable[Key]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """The *keys* as few products of subjects, sources and teams."""
    pairs: dict[str, dict[tuple[str, str], None]] = {}
    for subject, source, team in sorted(keys):
        pairs.setdefault(team, {})[subject, source] = None
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for team, told in pairs.items():
        alike.setdefault(tuple(told), []).append(team)
    for some, teams in alike.items():
        subjects, sources = tuple(dict.fromkeys(s for s, _ in some)), tuple(sorted({s for _, s in some}))
        if {(s, r) for s, r, _ in policy.keys(subjects, sources, teams[:1])} == {*some}:
            yield subjects, sources, tuple(teams)
            continue
        by: dict[tuple[str, ...], list[str]] = {}
        for source in sources:
            by.setdefault(tuple(s for s, r in some if r == source), []).append(source)
        yield from ((told, tuple(of), tuple(teams)) for told, of in by.items())
