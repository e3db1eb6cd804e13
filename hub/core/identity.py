"""
Opaque ids: the same for the same inputs, so that a replay writes the same bytes, and telling nothing by themselves.
"""

from hashlib import sha256

from hub.core.person import Alert


def alert_id(handle: str, alert: Alert) -> str:
    """The opaque id of one version of one alert; teams answer with it, and it tells nothing about the person."""
    name = f"{alert.kind}/{alert.episode}/{alert.stage}/{alert.team}/{alert.version}"
    name = f"{name}/copy/{alert.owner}" if alert.owner else name
    return identity("alert", handle, f"{name}/{alert.about}/{alert.due_at}" if alert.about else name)


def reference(decision: str, team: str) -> str:
    """How one team may quote a decision: no two teams can find by it that they were told of the same person."""
    return identity("reference", decision, team)


def identity(kind: str, handle: str, name: str) -> str:
    """
    A stable opaque id: the first letter of its *kind*, then 128 bits of SHA-256.

    >>> identity("alert", "person", "name")
    'a-559ebd8546f4015ae3c20663d9b63d0f'
    """
    return f"{kind[0]}-{sha256(f'{kind}|{handle}|{name}'.encode()).hexdigest()[:32]}"
