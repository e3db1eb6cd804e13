"""Notices by SMTP, encrypted or not at all."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from hub.outbound import notice
from hub.outbound.message import Message
from hub.outbound.post import PATIENCE, Answer
from hub.settings import Smtp

MINUTE = 60_000_000  # microseconds


class EmailCarrier:
    """Tells one mailbox how many new alerts there are, every so many *minutes* at most."""

    many = 500

    def __init__(
        self, to: str, minutes: int, link: str, words: Mapping[str, str], smtp: Smtp, patience: float = PATIENCE
    ) -> None:
        self._to, self._link, self._words, self._smtp, self._patience = to, link, words, smtp, patience
        self.every = minutes * MINUTE

    def ready(self, at: int) -> None:
        """There is nothing to be had ready: settings were read."""

    def name(self, messages: Sequence[Message], at: int) -> str:
        """The opaque id of the notice."""
        return notice.named(messages, at)

    def carry(self, messages: Sequence[Message], at: int) -> Answer:
        """Send one notice of *messages* at *at*, in UTC microseconds."""
        subject, text = notice.text(len(messages), self._link, notice.urgent(messages, self._words))
        return self._send(subject, text, self.name(messages, at), at)

    def test(self, at: int) -> Answer:
        """Send what tells of nothing."""
        return self._send("A test of the hub's notices", "There is no new alert: this is a test.\n", f"test-{at}", at)

    def _send(self, subject: str, text: str, id: str, at: int) -> Answer:
        told = EmailMessage()
        told["From"], told["To"], told["Subject"] = self._smtp.sender, self._to, subject
        told["Message-ID"] = f"<{id}@{self._smtp.sender.partition('@')[2]}>"
        told["Date"] = format_datetime(datetime.fromtimestamp(at // 1_000_000, UTC))
        told["Auto-Submitted"] = "auto-generated"  # so that nobody's absence is told to us (RFC 3834)
        told.set_content(text)
        try:
            with _signed_in(self._smtp, self._patience) as server:
                server.send_message(told)
        except (smtplib.SMTPException, OSError, ValueError) as bad:
            return Answer(_why(bad))
        return Answer()


@contextmanager
def _signed_in(told: Smtp, patience: float) -> Iterator[smtplib.SMTP]:
    """The mail server, over TLS unless it is on this machine, once it knows us."""
    trust, us = told.trust or ssl.create_default_context(), told.sender.partition("@")[2]
    if told.tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(told.host, told.port, us, timeout=patience, context=trust)
    else:
        server = smtplib.SMTP(told.host, told.port, us, timeout=patience)
    with server:
        if told.tls == "starttls":
            server.starttls(context=trust)
        if told.user:
            server.login(told.user, told.password)
        yield server


def _why(bad: Exception) -> str:
    """
    What went wrong, as a code.

    >>> _why(smtplib.SMTPNotSupportedError()), _why(smtplib.SMTPDataError(451, b"later"))
    ('TLS', 'SMTP_451')
    """
    if isinstance(bad, smtplib.SMTPRecipientsRefused):
        return f"SMTP_{next(iter(bad.recipients.values()))[0]}"
    if isinstance(bad, smtplib.SMTPResponseException):
        return f"SMTP_{bad.smtp_code}"
    codes: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLError, "TLS"),
        (smtplib.SMTPNotSupportedError, "TLS"),
        (TimeoutError, "TIMEOUT"),
        (ConnectionRefusedError, "REFUSED"),
        (smtplib.SMTPServerDisconnected, "RESET"),
        (ConnectionError, "RESET"),
    )
    return next((code for kind, code in codes if isinstance(bad, kind)), "UNREACHABLE")
