"""
Policies with one slip in them: what whoever edits an agreement could get wrong, and whether the questions would notice.

A mutant differs from the policy in one clause. One that answers nothing otherwise, whatever is asked, is equivalent: no
question could notice it, and it is not counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, zip_longest
from random import Random

from hub.core.calendar import DAY
from hub.core.policy import DROP, FORMS, VOCABULARY, Ask, Clause, Effect, Index, Verdict, decide
from hub.governance.policy import Policy, groups, ordered
from hub.governance.questions import Sheet, Wrong, wrong
from hub.governance.space import Key, cells

MONTH = timedelta(30)


@dataclass(frozen=True, slots=True)
class Mutant:
    """*clause* as it would read with the *slip* in it; None where it is gone."""

    kind: str
    of: str
    slip: str
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant: *killed* by a question, or a *case* that no question asks; neither if equivalent."""

    mutant: Mutant
    killed: Wrong | None
    case: Ask | None

    @property
    def equivalent(self) -> bool:
        """Whether it answers everything as the policy does."""
        return self.killed is None and self.case is None


Slips = Iterator[tuple[str, Clause | None]]


def mutants(policy: Policy) -> dict[str, list[Mutant]]:
    """Every mutant there is, by the kind of slip."""
    return {
        kind: [Mutant(kind, one.id, slip, made) for one in policy.clauses for slip, made in slips(one, policy)]
        for kind, slips in SLIPS.items()
    }


def chosen(policy: Policy, seed: int) -> Iterator[Mutant]:
    """All of them in a random order that is the same for a *seed*, each kind of slip in its turn."""
    dice = Random(seed)  # noqa: S311 - which slip comes first is no secret
    kinds = [dice.sample(found, len(found)) for found in mutants(policy).values()]
    return (one for one in chain.from_iterable(zip_longest(*kinds)) if one is not None)


def fate(policy: Policy, mutant: Mutant, told: Sheet) -> Fate:
    """Whether the questions *told* notice the mutant; if not, a case that would show it."""
    changed = _changed(policy, mutant)
    killed = next(wrong(told, changed, changed), None)
    return Fate(mutant, killed, None if killed else _differs(policy.index, changed))


def _changed(policy: Policy, mutant: Mutant) -> dict[Key, tuple[Clause, ...]]:
    """The keys that either the clause or the mutant speaks of, with what applies to them then."""
    before = next(one for one in policy.clauses if one.id == mutant.of)
    made = mutant.clause
    after = dict.fromkeys(policy.keys(made.subjects, made.sources, made.teams), made) if made else {}
    keys = dict.fromkeys([*policy.keys(before.subjects, before.sources, before.teams), *after])
    kept = {key: [one for one in policy.index.get(key, ()) if one.id != mutant.of] for key in keys}
    return {key: ordered([*others, after[key]] if key in after else others) for key, others in kept.items()}


def _differs(before: Index, after: Mapping[Key, tuple[Clause, ...]]) -> Ask | None:
    """A case that is answered otherwise *after*: everything is asked, of one key of each kind."""
    seen: set[tuple[int, ...]] = set()
    for clauses, keys in groups(after):
        for key in keys:
            old = before.get(key, ())
            mark = (*map(id, clauses), 0, *map(id, old))
            if mark in seen:
                continue
            seen.add(mark)
            for cell in cells((*old, *clauses)):
                ask = cell.ask(key)
                if _said(decide(ask, {key: old})) != _said(decide(ask, {key: clauses})):
                    return ask
    return None


def _said(verdict: Verdict) -> tuple[str | None, str | None, tuple[tuple[str, str], ...]]:
    clause = verdict.clause
    return verdict.reason, clause.id if clause else None, clause.fields if clause and verdict.allowed else ()


def _rules(one: Clause, policy: Policy) -> Slips:
    yield "the rule is gone", None
    flipped = Effect.FORBID if one.effect is Effect.PERMIT else Effect.PERMIT
    yield f"{one.effect.value} reads {flipped.value}", replace(one, effect=flipped)


def _conditions(one: Clause, policy: Policy) -> Slips:
    for name, _ in one.when:
        yield f"`{name}` is not asked", replace(one, when=tuple(pair for pair in one.when if pair[0] != name))
    for name, words in VOCABULARY.items():
        if name not in dict(one.when):
            asked = tuple(sorted([*one.when, (name, frozenset(words[:1]))]))
            yield f"`{name}` must be {words[0]}", replace(one, when=asked)


def _words(one: Clause, policy: Policy) -> Slips:
    for name, allowed in one.when:
        for word in VOCABULARY[name]:
            kept = allowed ^ {word}
            if kept:
                slip = f"`{name}` {'must not' if word in allowed else 'may'} be {word}"
                yield slip, replace(one, when=tuple((n, kept if n == name else w) for n, w in one.when))


def _days(one: Clause, policy: Policy) -> Slips:
    for days in (DAY, -DAY, MONTH, -MONTH):
        yield f"begins {_apart(days)}", replace(one, starts=one.starts + days)
        yield f"ends {_apart(days)}", replace(one, ends=one.ends + days)
        yield f"is reviewed {_apart(days)}", replace(one, review_by=one.review_by + days)
        yield f"lasts {_apart(days)}", replace(one, ends=one.ends + days, review_by=one.review_by + days)


def _apart(days: timedelta) -> str:
    return f"{abs(days.days)} days {'later' if days > timedelta(0) else 'earlier'}"


def _teams(one: Clause, policy: Policy) -> Slips:
    for team in policy.teams:
        yield _with("team", team, one.teams), replace(one, teams=_other(one.teams, team))


def _sources(one: Clause, policy: Policy) -> Slips:
    for source in sorted({source for subject in one.subjects for source in policy.states.get(subject, ())}):
        yield _with("source", source, one.sources), replace(one, sources=_other(one.sources, source))


def _subjects(one: Clause, policy: Policy) -> Slips:
    for subject in (name for name, told in policy.states.items() if told & {*one.sources}):
        yield _with("subject", subject, one.subjects), replace(one, subjects=_other(one.subjects, subject))


def _with(what: str, name: str, held: tuple[str, ...]) -> str:
    return f"{what} {name} {'is gone' if name in held else 'is added'}"


def _other(held: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in held if one != name) if name in held else (*held, name)


def _fields(one: Clause, policy: Policy) -> Slips:
    if one.effect is Effect.FORBID:
        return
    held = dict(one.fields)
    for name, form in one.fields:
        yield f"field {name} is gone", replace(one, fields=tuple(pair for pair in one.fields if pair[0] != name))
        for other in FORMS:
            if other not in {form, DROP}:
                kept = tuple(sorted((held | {name: other}).items()))
                yield f"field {name} in the form {other}", replace(one, fields=kept)
    for name in sorted({name for subject in one.subjects for name in policy.fields_of(subject)} - held.keys()):
        yield f"field {name} is added", replace(one, fields=tuple(sorted((held | {name: "keep"}).items())))


SLIPS: Mapping[str, Callable[[Clause, Policy], Slips]] = {
    "rule": _rules,
    "condition": _conditions,
    "word": _words,
    "day": _days,
    "team": _teams,
    "source": _sources,
    "subject": _subjects,
    "field": _fields,
}


def scored(policy: Policy, told: Sheet, seed: int, count: int | None = None) -> Iterator[Fate]:
    """The fates of so many mutants that are not equivalent, else of all there are; the equivalent ones come between."""
    found = 0
    for mutant in chosen(policy, seed):
        if found == count:
            return
        one = fate(policy, mutant, told)
        found += not one.equivalent
        yield one


def survivors(fates: Iterable[Fate]) -> list[Fate]:
    """Those that no question notices."""
    return [one for one in fates if one.case is not None]
