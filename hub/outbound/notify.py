"""
Notices by GOV.UK Notify, in the words of a template there: it may use ((alerts)), as `1 new alert`, and ((link)).

An extra: `pip install 'csp-hub[notify]'`.
"""

import logging
from collections.abc import Sequence
from typing import Any

from hub.outbound import notice
from hub.outbound.endpoints import EndpointError, Notify
from hub.outbound.mail import MINUTE
from hub.outbound.message import Message
from hub.outbound.post import PATIENCE, Answer

API = "https://api.notifications.service.gov.uk"
SILENT = logging.CRITICAL + 1


class NotifyCarrier:
    """Tells one mailbox by GOV.UK Notify, every so many minutes at most."""

    many = 500

    def __init__(self, endpoint: Notify, link: str, key: str, api: str = API, patience: float = PATIENCE) -> None:
        try:
            from notifications_python_client.notifications import NotificationsAPIClient
        except ModuleNotFoundError as gone:
            raise EndpointError(f"notify: {gone.name} is missing; hint: pip install 'csp-hub[notify]'") from gone
        if len(key) < 74:
            raise EndpointError("HUB_NOTIFY_KEY_FILE: holds no key of GOV.UK Notify; hint: NAME-SERVICE-SECRET, whole")
        logging.getLogger("notifications_python_client").setLevel(SILENT)  # its warnings may quote an address
        client: Any = NotificationsAPIClient  # it has no types
        self._client = client(key, base_url=api, timeout=patience)
        self._endpoint, self._link, self.every = endpoint, link, endpoint.every * MINUTE

    def ready(self, at: int) -> None:
        """There is nothing to be had ready: the key was read."""

    def name(self, messages: Sequence[Message], at: int) -> str:
        """The opaque id of the notice, which Notify shows as its reference."""
        return notice.named(messages, at)

    def carry(self, messages: Sequence[Message], at: int) -> Answer:
        """Send one notice of *messages* at *at*, in UTC microseconds."""
        return self._send(notice.counted(len(messages)), self.name(messages, at))

    def test(self, at: int) -> Answer:
        """Send what tells of nothing."""
        return self._send("no new alert (this is a test)", f"test-{at}")

    def _send(self, alerts: str, reference: str) -> Answer:
        from notifications_python_client.errors import APIError
        from requests import RequestException

        told = {"alerts": alerts, "link": self._link}
        try:
            self._client.send_email_notification(self._endpoint.to, self._endpoint.template, told, reference)
        except APIError as bad:
            return Answer(f"STATUS_{bad.status_code}")
        except (RequestException, OSError, ValueError) as bad:
            return Answer("TIMEOUT" if isinstance(bad, TimeoutError) else "UNREACHABLE")
        return Answer()
