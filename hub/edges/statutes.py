"""
The gateways as files: each statute a pack of clauses, what they are asked with, and the table that was signed off.

Every rule of an agreement is asked of its gateway, cell by cell; one that crosses a barred cell is refused by its line.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from hub.core.disclosure import ALERT_FIELDS
from hub.core.gateways import HUB, INPUTS, Basis, Disclosure, Key, Statutes, gateway, table
from hub.edges.agreement_models import Agreement, Rule
from hub.edges.necessary import leaving
from hub.edges.policy_files import AgreementError, fault, read
from hub.edges.policy_words import Kind
from hub.edges.statute_models import Inputs, Pack

FOLDER, INPUT, SIGNED = "gateways", "gateway_inputs.yaml", "signed-off.csv"
CURE = "rest it on another gateway; see: hub policy gateways"
Where = tuple[str | int, ...]
COLUMNS = ("gateway", *INPUTS, "answer", "passed", "failed")


@dataclass(frozen=True, slots=True)
class Packs:
    """The packs by id, what they are asked with, and the partnership as they see it."""

    packs: Mapping[str, Pack]
    inputs: Inputs
    statutes: Statutes

    def compiled(self, named: Collection[str]) -> dict[str, Any]:
        """The gateways *named*, as a bundle carries them with all that they are asked with."""
        return {
            "gateways": [_compiled(pack) for name, pack in sorted(self.packs.items()) if name in named],
            "agencies": dict(self.statutes.agencies),
            "data": self.statutes.data,
            "corrections": sorted(self.statutes.corrections),
            "proves": sorted(self.statutes.proves),
        }

    def resting(self, file: Path, agreement: Agreement, number: int, keys: Iterable[Key]) -> dict[str, Any]:
        """What a rule of *agreement* rests on, as its clause says it; refused if its gateways bar any of *keys*."""
        rule = agreement.rules[number]
        named = rule.gateways or agreement.gateways
        where = ("rules", number, "gateway") if rule.gateways else ("gateway",)
        for one in named:
            self._in_force(file, agreement, one.id, where)
        basis = Basis(tuple(one.id for one in named), self._functions(file, agreement), _conditions(agreement))
        cited = set(self._cited(file, rule, number, basis, keys))
        used = [one for one in named if one.id in {id for id, _ in cited}] or named
        ids = "; ".join(f"{one.id} {_cited(self.packs[one.id], cited)}".strip() for one in used)
        resting = {"functions": list(basis.functions), "conditions": sorted(basis.conditions)}
        return {
            "gateway": f"{ids}: {'; '.join(one.text for one in used)}",
            "rests_on": {"gateways": list(basis.gateways), **resting},
        }

    def _cited(
        self, file: Path, rule: Rule, number: int, basis: Basis, keys: Iterable[Key]
    ) -> Iterator[tuple[str, str]]:
        """The gateways and clauses that allow a rule what it discloses; it is refused if none does."""
        when, fields = rule.when.model_dump(exclude_defaults=True), tuple(leaving(rule))
        asked: set[Disclosure] = set()
        for key in keys if rule.effect == "permit" else ():
            for name, told in self.statutes.disclosures(when, fields, key):
                for id, answer in self.statutes.judged(basis, told) if told not in asked else ():
                    if answer.failed:
                        what = _barred(self.packs[id], answer.failed[0], key, name)
                        raise fault(file, ("rules", number, *_place(key, name)), what, CURE)
                    yield from ((id, clause) for clause in answer.passed)
                asked.add(told)

    def _in_force(self, file: Path, agreement: Agreement, id: str, where: Where) -> None:
        """The gateway is in force as long as *agreement* is."""
        pack = self.packs.get(id)
        if pack is None:
            raise fault(file, (*where, "id"), f"unknown gateway `{id}`", "see: hub policy gateways")
        if pack.start is None:
            cure = "rest it on another gateway, or give its pack a `from` once that is confirmed"
            raise fault(file, (*where, "id"), f"`{id}` is not in force", cure)
        if agreement.starts < pack.start:
            what = f"begins before its statute, in force from {pack.start}"
            raise fault(file, ("in_force",), what, "let it begin later")
        if pack.until and agreement.in_force.until > pack.until:
            what = f"ends after its statute, in force until {pack.until}"
            raise fault(file, ("in_force",), what, "let it end sooner")

    def _functions(self, file: Path, agreement: Agreement) -> tuple[str, ...]:
        functions = self.inputs.purposes.get(agreement.purpose)
        if functions is None:
            raise fault(file, ("purpose",), "unknown purpose", f"say which functions it serves, in {INPUT}")
        return functions


def _conditions(agreement: Agreement) -> frozenset[str]:
    """The data for which *agreement* states a condition."""
    told = {"patient": agreement.special_category, "offence": agreement.criminal_offence}
    return frozenset(data for data, one in told.items() if one.carried == "yes")


def _place(key: Key, name: str) -> tuple[str, ...]:
    if name != "itself":
        return "fields", name
    return ("alerts",) if key[1] == HUB else ("events",)


def _barred(pack: Pack, failed: str, key: Key, name: str) -> str:
    subject, source, team = key
    what, publisher = subject if name == "itself" else name, "the hub" if source == HUB else f"`{source}`"
    says = next(clause.says for clause in pack.clauses if failed in clause.cites)
    return f"`{pack.id}` {failed} does not allow `{what}` from {publisher} to `{team}` ({says})"


def _cited(pack: Pack, cited: Collection[tuple[str, str]]) -> str:
    """The clauses of *pack* under which something is allowed, in its own order; what only bars allows nothing."""
    needs = (id for clause in pack.clauses if clause.needs for id in clause.cites)
    return ", ".join(id for id in needs if (pack.id, id) in cited)


def signed(
    folder: Path, agencies: Mapping[str, str], teams: Mapping[str, str], kinds: Mapping[str, Collection[str]]
) -> Packs:
    """
    Read the packs in *folder*, as signed off, and their inputs: all that events of *kinds* and alerts say has a class.

    *agencies* and *teams* say of which kind each is.
    """
    told = {pack.id: pack for pack in packs(folder)}
    inputs = read(folder / INPUT, Inputs)
    _classified(folder / INPUT, inputs, kinds)
    _signed(folder / FOLDER / SIGNED, told.values())
    events = {kind: {**inputs.everywhere, **classes} for kind, classes in inputs.events.items()}
    alerts = {f"alert.{kind}": {**inputs.alert_fields, "itself": data} for kind, data in inputs.alerts.items()}
    statutes = Statutes(
        gateways={name: gateway(_compiled(pack)) for name, pack in told.items()},
        agencies=agencies,
        teams=teams,
        data={**events, **alerts},
        corrections=frozenset(inputs.corrections),
        proves=frozenset(inputs.proves),
    )
    return Packs(told, inputs, statutes)


def packs(folder: Path) -> Iterator[Pack]:
    """The packs in *folder*, signed off or not."""
    files = sorted((folder / FOLDER).glob("*.yaml"))
    if not files:
        raise AgreementError(f"{folder / FOLDER}: no gateway in it; hint: check that the policies folder is complete")
    for file in files:
        pack = read(file, Pack)
        if file.stem != pack.id.lower():
            raise fault(file, ("id",), f"`{pack.id}` is not the file's name", f"call the file {pack.id.lower()}.yaml")
        yield pack


def _classified(file: Path, inputs: Inputs, kinds: Mapping[str, Collection[str]]) -> None:
    """Nothing without a class, and no class for what does not exist."""
    fields = {kind: {*names} - inputs.everywhere.keys() for kind, names in kinds.items()}
    _both(file, ("events",), inputs.events, fields)
    for kind, names in fields.items():
        _both(file, ("events", kind), inputs.events[kind], {"itself", *names})
    _both(file, ("alerts",), inputs.alerts, get_args(Kind))
    _both(file, ("alert_fields",), inputs.alert_fields, ALERT_FIELDS)
    subjects = {*inputs.events, *(f"alert.{kind}" for kind in inputs.alerts)}
    if strange := [word for word in inputs.corrections if word not in subjects]:
        cure = "name an event type, or `alert.` and a kind"
        raise fault(file, ("corrections",), f"unknown subject `{strange[0]}`", cure)


def _both(file: Path, where: tuple[str, ...], told: Collection[str], wanted: Collection[str]) -> None:
    if silent := sorted({*wanted} - {*told}):
        raise fault(file, where, f"nothing said of `{silent[0]}`", "say what it is: personal, care, offence or patient")
    if strange := sorted({*told} - {*wanted}):
        cure = "take it out; see schemas/ for the names"
        raise fault(file, (*where, strange[0]), f"unknown name `{strange[0]}`", cure)


def _compiled(pack: Pack) -> dict[str, Any]:
    return {"id": pack.id, "clauses": [clause.compiled() for clause in pack.clauses]}


def rows(told: Iterable[Pack]) -> Iterator[tuple[str, ...]]:
    """Every cell of every pack, in the columns of COLUMNS: words that no clause tells apart stand in one line."""
    for pack in sorted(told, key=lambda pack: pack.id):
        for row in table(gateway(_compiled(pack))):
            words = (_said(name, told) for name, told in row.words.items())
            answer = "barred" if not row.answer.allowed else "allowed" if pack.start else "not in force"
            yield pack.id, *words, answer, "; ".join(row.answer.passed), "; ".join(row.answer.failed)


def _said(name: str, told: tuple[str, ...]) -> str:
    """
    Some words of an input, as short as that goes.

    >>> _said("age", ("under_10", "10_to_15", "16_to_17", "18_to_24"))
    'not 25_and_over'
    """
    others = [word for word in INPUTS[name] if word not in told]
    if not others:
        return "any"
    return f"not {' '.join(others)}" if len(others) < len(told) else " ".join(told)


def as_csv(told: Iterable[Pack]) -> str:
    """The table of all packs, as an information governance lead signs it off."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(told))
    return out.getvalue()


def _signed(file: Path, told: Iterable[Pack]) -> None:
    """The packs give the answers that were signed off, in every cell."""
    cure = "see what changed, and sign it off; how: hub policy gateways --help"
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as gone:
        raise AgreementError(f"{file}: cannot be read; hint: {cure}") from gone
    made = as_csv(told).splitlines()
    for number, line in enumerate(made, 1):
        if number > len(lines) or lines[number - 1] != line:
            raise AgreementError(f"{file}:{number}: `{line.split(',')[0]}` does not answer as signed off; hint: {cure}")
    if len(lines) > len(made):
        raise AgreementError(f"{file}:{len(made) + 1}: a cell that no gateway has; hint: {cure}")
