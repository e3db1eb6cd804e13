"""
What the words of the agreements rest on in other tables: a condition that means something else may open anything.

It cannot be said of whom, for that is a matter of their facts; so each such change is a line to be read and listed.
"""

from collections.abc import Iterator, Mapping

from hub.core.rules import Rules

AGES = ("age", "age_at_event", "age_at_release")
MOVED = ("custody", "legal_status", "age_at_release")
OF_TEAM = frozenset({"known", "case", "resident"})
NAMING = frozenset({"accepting", "non_health_services"})  # fields that name what these tables let them name
NOTHING = "nothing"
Meanings = Mapping[tuple[str, str], str]


def turned(old: Rules | None, new: Rules) -> list[str]:
    """Every condition, and every field that names teams or services, which means more or something else than before."""
    if old is None:
        return []
    before, after, asked = dict(_meanings(old)), dict(_meanings(new)), _asked(old) | _asked(new)
    other = (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return sorted(
        f"`{key[0]}` means otherwise for {key[1]}: {after.get(key, NOTHING)}, not {before.get(key, NOTHING)}"
        for key in other
        if key[0] in asked and _matters(key, before, after)
    )


def _matters(key: tuple[str, str], before: Meanings, after: Meanings) -> bool:
    """A team that comes or goes shows by its disclosures; a name that is given no more opens nothing."""
    if key[0] in OF_TEAM:
        return key in before and key in after
    return key[0] not in NAMING or key in after


def _asked(rules: Rules) -> set[str]:
    """The conditions that any clause asks, and the fields that any gives."""
    tables = rules.clauses, rules.emergency.clauses
    clauses = {clause for table in tables for found in table.values() for clause in found}
    return {name for clause in clauses for name, _ in (*clause.when, *clause.fields)}


def _meanings(rules: Rules) -> Iterator[tuple[tuple[str, str], str]]:
    """What each of them rests on, by what it is said of."""
    kinds = rules.services.kinds
    for code, team in rules.teams.items():
        agency, held = team.agency or "no agency", sorted(name for name, kind in kinds.items() if kind.team == code)
        yield ("known", code), agency
        yield ("case", code), ", ".join((agency, *held))
        yield ("resident", code), team.authority or rules.home_authority
    for word, means in rules.movements.items():
        licence = {True: ", on licence", False: ", free", None: ""}[means.licence]
        yield from (((name, word), f"{means.effect}{licence}") for name in MOVED)
    for kind, told in (("evidence", rules.law.evidence), ("agencies", rules.law.agencies)):
        ranked = sorted(told.items(), key=lambda one: (one[1].rank, one[0]))
        births = ", ".join(f"{name}{' (decides)' if trust.decides else ''}" for name, trust in ranked)
        yield from (((name, f"dates of birth by {kind}"), births) for name in AGES)
    yield from ((("accepting", code), "named") for code in rules.accepting)
    yield from ((("non_health_services", name), "named") for name, kind in kinds.items() if not kind.health)
