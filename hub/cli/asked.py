"""The questions beside a folder of policies, made ready to be put to them; and questions put forward, as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hub import resources
from hub.place import compiled

if TYPE_CHECKING:
    from hub.edges.question_files import About
    from hub.governance.policy import Policy
    from hub.governance.questions import Question, Reach, Sheet


class Examined(NamedTuple):
    """A folder's policy, what is asked of it, and where each question stands: its file and its place in it."""

    folder: Path
    policy: "Policy"
    sheet: "Sheet"
    places: dict[int, tuple[Path, tuple[str | int, ...]]]

    def line(self, of: "Question | Reach") -> str:
        """Where a question stands, as file and line."""
        from hub.edges.policy_files import line

        file, where = self.places[id(of)]
        return f"{file}:{line(file, where)}"


def examined(folder: Path | None) -> Examined:
    """The policies in *folder* (else those shipped with the hub) with their questions."""
    from hub.edges import question_files as files
    from hub.governance.policy import policy
    from hub.governance.questions import sheet

    made = policy(compiled(folder))
    where = folder or resources.folder("policies")
    questions: list[Question] = []
    reaches: list[Reach] = []
    places: dict[int, tuple[Path, tuple[str | int, ...]]] = {}
    for file, told in files.files(where).items():
        for number, line in enumerate(told.questions):
            questions.append(_question(file, ("questions", number), told.agreement, line, made))
            places[id(questions[-1])] = file, ("questions", number)
        for number, reached in enumerate(told.reaches):
            reaches.append(_reach(file, ("reaches", number), told.agreement, reached, made))
            places[id(reaches[-1])] = file, ("reaches", number)
    return Examined(where, made, sheet(made, questions, reaches), places)


def _question(file: Path, where: tuple[str | int, ...], agreement: str, line: Any, policy: "Policy") -> "Question":
    from hub.edges.question_files import UNKNOWN
    from hub.governance.questions import Answer, Question

    told, answer = line.of, line.answer
    given = tuple(
        (name, tuple(None if word == UNKNOWN else word for word in words)) for name, words in sorted(told.given.items())
    )
    return Question(
        line.asks,
        agreement,
        *_about(file, (*where, "of"), told, policy),
        told.on,
        given,
        Answer(answer.withheld, answer.told or answer.by, tuple(sorted(answer.fields.items()))),
    )


def _reach(file: Path, where: tuple[str | int, ...], agreement: str, line: Any, policy: "Policy") -> "Reach":
    from hub.governance.questions import Reach

    return Reach(line.clause, agreement, *_about(file, where, line, policy))


def _about(
    file: Path, where: tuple[str | int, ...], told: "About", policy: "Policy"
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    from hub.edges.question_files import expand

    return (
        expand(file, where, "about", told.about, policy.states, policy.events),
        expand(file, where, "from", told.sources, policy.sources, policy.sources),
        expand(file, where, "to", told.to, policy.teams, policy.teams),
    )


def lines(found: "list[Question | Reach]", policy: "Policy") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The reaches and the questions among *found*, as lines of a file."""
    from hub.governance.questions import Question

    reaches = [{"clause": one.clause} | _said(one, policy) for one in found if not isinstance(one, Question)]
    return reaches, [_asked(one, policy) for one in found if isinstance(one, Question)]


def _asked(one: "Question", policy: "Policy") -> dict[str, Any]:
    from hub.edges.question_files import UNKNOWN

    given = {name: _short([word or UNKNOWN for word in words]) for name, words in one.given}
    of = _said(one, policy) | {"on": _short(list(one.days))} | ({"given": given} if given else {})
    said = one.answer
    if said.reason is None:
        return {"asks": one.asks, "of": of, "answer": {"told": said.clause, "fields": dict(said.fields)}}
    by = {"by": said.clause} if said.clause else {}
    return {"asks": one.asks, "of": of, "answer": {"withheld": said.reason} | by}


def _said(one: "Question | Reach", policy: "Policy") -> dict[str, Any]:
    subjects, sources = _starred(one.subjects, policy.events), _starred(one.sources, policy.sources)
    told = {"about": _short(subjects), "from": _short(sources), "to": _short(_starred(one.teams, policy.teams))}
    stated = {source for subject in one.subjects for source in policy.states.get(subject, ())}
    return {name: words for name, words in told.items() if name != "from" or not stated <= {*one.sources}}


def _starred(words: tuple[str, ...], every: tuple[str, ...]) -> list[str]:
    """The words, those of *every* as one if they are all there."""
    if not {*every} <= {*words}:
        return list(words)
    return ["*", *(word for word in words if word not in every)]


def _short(words: list[Any]) -> Any:
    return words[0] if len(words) == 1 else words
