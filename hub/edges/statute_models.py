"""The shapes of a gateway pack, and of what its table is asked with."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hub.core.gateways import AGREEMENTS, DATA, FUNCTIONS, INPUTS
from hub.edges.policy_files import Slip
from hub.edges.policy_words import Day, Kind, Shape, Some, Words


def _among(*words: str) -> AfterValidator:
    def checked(told: str) -> str:
        if told not in words:
            raise Slip(f"unknown word `{told}`", f"write one of {', '.join(words)}")
        return told

    return AfterValidator(checked)


Data = Annotated[str, _among(*(word for word in DATA if word not in {"depersonalised", "intercepted"}))]
Function = Annotated[str, _among(*FUNCTIONS)]
Agreed = Annotated[str, _among(*AGREEMENTS)]
Asked = tuple[str, ...]


class Way(Shape):
    """One way to meet a clause: all of its inputs hold, each with one of its words."""

    cites: Words | None = None
    discloser: Asked = ()
    recipient: Asked = ()
    data: Asked = ()
    function: Asked = ()
    agrees: Asked = ()
    chose_authority: Asked = ()
    agrees_contact: Asked = ()
    age: Asked = ()
    correction: Asked = ()
    condition: Asked = ()
    standing: Asked = ()

    @property
    def words(self) -> dict[str, list[str]]:
        """The inputs that this way asks."""
        return {name: list(told) for name in INPUTS if (told := getattr(self, name))}

    @model_validator(mode="after")
    def _of_words(self) -> Self:
        if not self.words:
            raise Slip("a way that asks nothing", "name an input and its words")
        for name, told in self.words.items():
            if strange := [word for word in told if word not in INPUTS[name]]:
                raise Slip(f"unknown word `{strange[0]}`", f"write some of {', '.join(INPUTS[name])}", name)
        return self


class Clause(Shape):
    """One clause of a statute: what it needs, or what it bars."""

    id: Words
    says: Words
    unverified: Words | None = None
    needs: tuple[Way, ...] = ()
    bars: tuple[Way, ...] = ()

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if bool(self.needs) is bool(self.bars):
            raise Slip("needs one of `needs` and `bars`", "say what it needs, or what it bars")
        return self

    @property
    def cites(self) -> tuple[str, ...]:
        """The ids that an answer may cite for this clause."""
        return tuple(dict.fromkeys((*(way.cites or self.id for way in (*self.needs, *self.bars)), self.id)))

    def compiled(self) -> dict[str, Any]:
        """The clause as a bundle carries it."""
        ways = {name: [self._way(way) for way in getattr(self, name)] for name in ("needs", "bars")}
        return {"id": self.id, **ways}

    def _way(self, way: Way) -> dict[str, Any]:
        return {"cites": way.cites or self.id, "words": way.words}


class Pack(Shape):
    """policies/gateways/*.yaml: one statute, its clauses, where they were read, and who is to confirm them."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$")]
    title: Words
    says: Words
    source: Words
    as_at: Day
    start: Day | None = Field(alias="from", default=None)
    until: Day | None = None
    confidence: Literal["H", "M", "L"]
    unverified: Words | None = None
    owner: Words
    beyond: tuple[Words, ...] = ()
    clauses: Some[Clause]

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [clause.id for clause in self.clauses]
        if twice := next((id for number, id in enumerate(ids) if id in ids[:number]), None):
            raise Slip(f"`{twice}` is written twice", "give every clause its own id", "clauses")
        return self


class Inputs(Shape):
    """gateway_inputs.yaml: the functions of each purpose, what a consent proves, what every field is."""

    proves: tuple[Agreed, ...]
    purposes: dict[str, Some[Function]]
    corrections: tuple[str, ...]
    everywhere: dict[str, Data]
    events: dict[str, dict[str, Data]]
    alerts: dict[Kind, Data]
    alert_fields: dict[str, Data]
