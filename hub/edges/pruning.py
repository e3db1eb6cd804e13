"""Agreements with what nobody uses taken out, as a patch for people to review: the rest of each file stays as it is."""

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml

from hub.edges.policy_files import AgreementError, load

Cut = tuple[int, int, str]  # from, to, and what to write instead


def patch(folder: Path, clauses: Iterable[str], fields: Mapping[str, Iterable[str]]) -> str:
    """
    A unified diff that takes whole *clauses* (by id) and single *fields* (by clause) out of the files in *folder*.

    An agreement of which nothing would be left is not touched: to end one is for people to decide.
    """
    made = list[str]()
    for name, less in pruned(folder, clauses, fields).items():
        before = (folder / name).read_text("utf-8").splitlines(True)
        made += unified_diff(before, less.splitlines(True), f"a/{name}", f"b/{name}", n=1)
    return "".join(made)


def pruned(folder: Path, clauses: Iterable[str], fields: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Every agreement's file without *clauses* and *fields*, by its name in *folder*."""
    gone, some = set(clauses), {name: set(found) for name, found in fields.items()}
    files = sorted((folder / "agreements").glob("*.yaml"))
    if not files:
        raise AgreementError(f"{folder}: no agreements in it; hint: name a folder of policies")
    return {
        f"agreements/{file.name}": _pruned(file.read_text("utf-8"), str(load(file).get("id", "")), gone, some)
        for file in files
    }


def _pruned(text: str, agreement: str, gone: set[str], fields: Mapping[str, set[str]]) -> str:
    rules = _below(yaml.compose(text, yaml.SafeLoader), "rules").value
    ids = [f"{agreement}.{_below(rule, 'id').value}" for rule in rules]
    if gone.issuperset(ids):
        return text
    cuts: list[Cut] = []
    for rule, name in zip(rules, ids, strict=True):
        if name in gone:
            cuts.append(_whole(text, rule))
        elif name in fields:
            cuts += _fields(_below(rule, "fields"), fields[name])
    for start, end, instead in sorted(cuts, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def _below(node: Any, name: str) -> Any:
    for key, value in node.value:
        if key.value == name:
            return value
    raise AgreementError(f"agreement: no `{name}`; hint: `hub policy check` says what is wrong with the file")


def _whole(text: str, rule: Any) -> Cut:
    """A whole rule: from the line of its dash to the line of whatever follows."""
    end = rule.end_mark.index
    return _line(text, rule.start_mark.index), end if end >= len(text) else _line(text, end), ""


def _line(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _fields(node: Any, names: set[str]) -> Iterable[Cut]:
    """Some fields of one rule, each with the comma or the line that belongs to it."""
    pairs = node.value
    if all(key.value in names for key, _ in pairs):
        end = node.end_mark if node.flow_style else pairs[-1][1].end_mark
        yield node.start_mark.index, end.index, "{}"
        return
    for number, (key, value) in enumerate(pairs):
        if key.value not in names:
            continue
        if any(other.value not in names for other, _ in pairs[number + 1 :]):
            yield key.start_mark.index, pairs[number + 1][0].start_mark.index, ""
        else:
            yield pairs[number - 1][1].end_mark.index, value.end_mark.index, ""
