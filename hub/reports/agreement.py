"""Agreements as their bundle has them, for people: who tells whom what, in which form, for what, until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hub import words
from hub.core.policy import DROP
from hub.glossary import ATTRIBUTES, FORMS, WHERE
from hub.words import Told


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement and its clauses, as they stood in one bundle."""

    id: str
    title: str
    purpose: str
    starts: date
    review_by: date
    ends: date
    clauses: tuple[Told, ...]

    @property
    def last(self) -> date:
        """The last day on which it permits anything."""
        return min(self.ends, self.review_by)

    @property
    def gateways(self) -> list[str]:
        """The statutes that its rules rest on, by id."""
        return list(dict.fromkeys(id for one in self.clauses for id in one["rests_on"]["gateways"]))

    def state(self, today: date) -> str:
        """Where it stands."""
        if today < self.starts:
            return f"begins {words.day(self.starts)}"
        if today > self.ends:
            return "ended"
        return "review overdue" if today > self.review_by else "in force"

    def told(self, of: str) -> list[str]:
        """The parties: `sources` that tell, or `teams` that are told."""
        return list(dict.fromkeys(name for one in self.clauses for name in one[of] if name != "HUB"))


def agreements(bundle: Told) -> dict[str, Agreement]:
    """Every agreement of *bundle* by its id, that for emergencies among them."""
    broken = (one for one in bundle["emergency"]["clauses"] if one["effect"] == "permit")
    grouped: dict[str, list[Told]] = {}
    for clause in (*bundle["clauses"], *broken):
        grouped.setdefault(clause["agreement"], []).append(clause)
    return {name: _agreement(name, found) for name, found in sorted(grouped.items())}


def _agreement(name: str, found: list[Told]) -> Agreement:
    first = found[0]
    starts, review_by, ends = (date.fromisoformat(first[when]) for when in ("starts", "review_by", "ends"))
    return Agreement(name, first["title"], first["purpose"], starts, review_by, ends, tuple(found))


def clause(told: Told, bundle: Told) -> list[tuple[str, str]]:
    """One clause in labelled lines: what, from whom, to whom, when, and what leaves."""
    lines = [("what", _subjects(told["subjects"], bundle)), ("to", teams(told["teams"], bundle))]
    sources = [code for code in told["sources"] if code != "HUB"]
    if sources:
        lines.insert(1, ("from", agencies(sources, bundle)))
    if told["when"]:
        lines.append(("only where", conditions(told["when"])))
    if told["effect"] == "permit":
        dropped = [name for name, form in told["fields"].items() if form == DROP]
        lines.append(("gets", fields({name: form for name, form in told["fields"].items() if form != DROP})))
        if dropped:
            lines.append(("not", f"{', '.join(map(words.fieldname, sorted(dropped)))}: {FORMS[DROP]}"))
    return [*lines, ("rests on", told["gateway"])]


def terms(told: Told) -> list[tuple[str, str]]:
    """What else an agreement says of itself, as the ICO's code has it: the part that whoever asks would want first."""
    kept, onward, special, offence = (
        told.get(name, {}) for name in ("retention", "onward_sharing", "special_category", "criminal_offence")
    )
    lines = [
        ("needed because", told.get("necessity", "")),
        ("lawful basis", told.get("lawful_basis", "")),
        ("health and the like", special.get("condition", "")),
        ("offences", offence.get("condition", "")),
        ("kept", kept.get("says", "")),
        ("passed on", f"{onward['allowed']}: {onward['says']}" if onward else ""),
        ("rights", told.get("rights", "")),
        ("if not shared", told.get("not_sharing", "")),
        ("contact", told.get("contact", "")),
    ]
    return [(name, text) for name, text in lines if text]


def _subjects(told: Iterable[str], bundle: Told) -> str:
    events = [one for one in told if one in bundle["vocabulary"]]
    alerts = [words.happening(one) for one in told if one not in bundle["vocabulary"]]
    everything = set(events) == set(bundle["vocabulary"])
    return ", ".join([*(["every event"] if everything else map(words.happening, events)), *alerts])


def agencies(codes: Iterable[str], bundle: Told) -> str:
    """Agencies by name; all of them in two words."""
    found = list(codes)
    return "every agency" if set(found) == set(bundle["agencies"]) else ", ".join(map(words.agency, found))


def teams(codes: Iterable[str], bundle: Told) -> str:
    """Teams by name and code; all of them in a word."""
    found = list(codes)
    if not found:
        return "nobody in this hub"
    if set(found) == set(bundle["teams"]) and len(found) > 1:
        return "every team"
    return ", ".join(f"{bundle['teams'][code]['name']} ({code})" for code in found)


def conditions(when: Mapping[str, Iterable[str]]) -> str:
    """
    What must be so, in words.

    >>> conditions({"consent": ["yes"], "age": ["10_to_15", "16_to_17"]})
    'the person agreed, and age is 10 to 15 or 16 to 17'
    """
    return ", and ".join(_condition(name, list(told)) for name, told in when.items())


def _condition(name: str, told: list[str]) -> str:
    if (name, *told) in WHERE:
        return WHERE[name, told[0]]
    said = " or ".join(one.replace("_", " ").lower() for one in told)
    return f"{ATTRIBUTES.get(name, name.replace('_', ' '))} is {said}"


def fields(told: Mapping[str, str]) -> str:
    """
    Fields by the form they leave in.

    >>> fields({"crd": "keep", "dob": "year"}), fields({})
    ('conditional release date: as it is; date of birth: the year only', 'only that it happened')
    """
    forms: dict[str, list[str]] = {}
    for name, form in told.items():
        forms.setdefault(form, []).append(words.fieldname(name))
    made = (f"{', '.join(names)}: {FORMS.get(form, form)}" for form, names in forms.items())
    return "; ".join(made) or "only that it happened"


def gets(agreement: Agreement, team: str) -> str:
    """All the fields that one team can get under an agreement, whatever the clause, each with its forms."""
    forms: dict[str, list[str]] = {}
    for one in agreement.clauses:
        if one["effect"] == "permit" and team in one["teams"]:
            for name, form in one["fields"].items():
                if form != DROP:
                    forms.setdefault(name, []).append(form)
    said = (words.fieldname(name) + _forms(sorted(set(found))) for name, found in sorted(forms.items()))
    return ", ".join(said) or "only that things happened"


def _forms(found: list[str]) -> str:
    return "" if found == ["keep"] else f" ({', '.join(FORMS.get(one, one) for one in found)})"
