"""Which carrier serves which endpoint, by the file of endpoints and the environment."""

from pathlib import Path

from hub import settings
from hub.outbound.courier import Carrier
from hub.outbound.endpoints import Email, EndpointError, Endpoints, Notify, Webhook
from hub.outbound.mail import EmailCarrier
from hub.outbound.notify import NotifyCarrier
from hub.outbound.webhook import WebhookCarrier


def carrier(name: str, told: Endpoints, home: Path) -> Carrier:
    """What carries messages to the endpoint *name*; refused, with the cure, where something is missing for it."""
    one = told.all[name]
    if isinstance(one, Webhook):
        return WebhookCarrier(name, one, home)
    if isinstance(one, Email):
        agreed = {str(grade): words for grade, words in told.words.items()}
        return EmailCarrier(one.to, one.every, _link(), agreed, settings.smtp())
    assert isinstance(one, Notify)  # noqa: S101 - there are three
    return NotifyCarrier(one, _link(), settings.notify_key())


def _link() -> str:
    """Where a notice leads: the first page, which asks to sign in; never a page about anybody."""
    url = settings.read().url
    if not url:
        raise EndpointError("HUB_URL: missing; hint: notices lead to where people sign in, such as https://hub.example")
    return f"{url}/"
