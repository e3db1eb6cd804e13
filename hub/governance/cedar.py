"""
The agreements in Cedar, for whoever would read or decide them with another engine than the hub's.

A clause is one policy, whose `@id` is the clause's. The teams are principals, the subjects actions, the sources
resources; the day and the person's attributes are the context. All words are enumerated entities, so that Cedar's own
validator refuses a word that nothing knows. What a permit lets out stands in its `@fields`, for Cedar has no
projection; `minimum_necessary.yaml` may narrow it further.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from hub.core.policy import DROP, VOCABULARY

HEAD = "// Written by `hub policy cedar` from the agreements: change those, not this.\n"


def policies(bundle: Mapping[str, Any]) -> str:
    """Every clause of a *bundle*, as Cedar policies."""
    return "\n".join([HEAD, *(_policy(clause) for clause in bundle["clauses"] if clause["teams"])])


def schema(bundle: Mapping[str, Any]) -> str:
    """The closed world of a *bundle*, as a Cedar schema: whoever and whatever a policy or a request may speak of."""
    asked = [name for clause in bundle["clauses"] for name in clause["subjects"]]
    subjects = dict.fromkeys([*bundle["vocabulary"], *asked])
    words = (f"entity {_kind(name)} enum {_listed(known)};" for name, known in VOCABULARY.items())
    context = ["  on: datetime,", *(f"  {name}?: {_kind(name)}," for name in VOCABULARY)]
    lines = [
        HEAD,
        f"entity Team enum {_listed(bundle['teams'])};",
        f"entity Source enum {_listed([*bundle['agencies'], 'HUB'])};",
        *words,
        "type Asked = {",
        *context,
        "};",
        f"action {', '.join(map(_text, subjects))} appliesTo {{ principal: Team, resource: Source, context: Asked }};",
    ]
    return "\n".join(lines) + "\n"


def context(on: str, attributes: Mapping[str, str | None]) -> dict[str, Any]:
    """What Cedar is to know of one question: the day as `2026-11-26`, and the words that are known."""
    told = {name: {"type": _kind(name), "id": word} for name, word in attributes.items() if word is not None}
    return {"on": {"__extn": {"fn": "datetime", "arg": on}}} | {
        name: {"__entity": entity} for name, entity in told.items()
    }


def _policy(clause: Mapping[str, Any]) -> str:
    about = f"{clause['agreement']}, {clause['title']}"
    kept = ", ".join(f"{name}: {form}" for name, form in sorted(clause["fields"].items()) if form != DROP)
    notes = {name: clause[name] for name in ("id", "says", "purpose", "gateway")} | {"agreement": about, "fields": kept}
    permits = clause["effect"] == "permit"
    parts = [
        f"when {{ {_entities('Team', clause['teams'])}.contains(principal) }}",
        f"when {{ {_entities('Source', clause['sources'])}.contains(resource) }}",
        f'when {{ context.on >= datetime("{clause["starts"]}") }}',
    ]
    if permits:  # a forbid never lapses
        parts.append(f'when {{ context.on <= datetime("{min(clause["ends"], clause["review_by"])}") }}')
    parts += [_condition(name, clause["when"][name], permits) for name in sorted(clause["when"])]
    actions = _entities("Action", clause["subjects"])
    return "\n".join(
        [
            *(f"@{name}({_text(told)})" for name, told in notes.items()),
            f"{clause['effect']} (principal, action in {actions}, resource)",
            "\n".join(parts) + ";\n",
        ]
    )


def _condition(name: str, words: Iterable[str], permits: bool) -> str:
    """What is unknown refuses a permit and arms a forbid."""
    within = f"{_entities(_kind(name), sorted(words))}.contains(context.{name})"
    if permits:
        return f"when {{ context has {name} && {within} }}"
    return f"unless {{ context has {name} && !{within} }}"


def _entities(kind: str, names: Iterable[str]) -> str:
    return f"[{', '.join(f'{kind}::{_text(name)}' for name in names)}]"


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"


@cache
def _kind(name: str) -> str:
    """
    The entity type of an attribute's words.

    >>> _kind("legal_status")
    'LegalStatus'
    """
    return name.title().replace("_", "")


def _text(told: str) -> str:
    r"""
    A Cedar string.

    >>> print(_text('the "s.115" gate\\way\n'))
    "the \"s.115\" gate\\way\u{a}"
    """
    plain = told.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in plain) + '"'
