"""Names under which plans and stages are remembered."""

from collections.abc import Iterable

from hub.core.person import Alert


def kind_of(name: str) -> str:
    """
    The kind of alert that the plan called *name* makes.

    >>> kind_of("RELEASED/1"), kind_of("CLIFF_EDGE/20270312/CSC")
    ('RELEASE', 'CLIFF_EDGE')
    """
    word = name.partition("/")[0]
    return {"RELEASED": "RELEASE", "HOSP": "RELEASE", "PROTECTED": "REVIEW"}.get(word, word)


def mark_of(kind: str, episode: int, stage: str, service: str, team: str) -> str:
    """The name under which one stage is remembered for one service that ends."""
    return f"{kind}/{episode}/{stage}/{service}/{team}"


def passed(alert: Alert) -> Iterable[str]:
    """The names under which a stage is remembered for each service that it listed, told or not (rule R8)."""
    if alert.kind == "CORRECTION":
        return ()
    return [mark_of(alert.kind, alert.episode, alert.stage, service, alert.team) for service in alert.services]
