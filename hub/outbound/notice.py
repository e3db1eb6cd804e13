"""What a notice says: how many new alerts there are and where to sign in, for mail goes where nobody can see."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from hub.outbound.message import Message

ORDER = ("IMMEDIATE", "URGENT", "HIGH", "SOON", "ROUTINE")


def counted(number: int) -> str:
    """
    How many there are.

    >>> counted(1), counted(3)
    ('1 new alert', '3 new alerts')
    """
    return f"{number} new alert{'' if number == 1 else 's'}"


def text(number: int, link: str, urgent: str = "") -> tuple[str, str]:
    """
    The subject and the text of a notice; *urgent* is a sentence that the information governance leads agreed.

    >>> text(1, "https://hub.example/")[0]
    '1 new alert: sign in to read it'
    """
    are = "is" if number == 1 else "are"
    lines = [
        f"There {are} {counted(number)} for your team.",
        *([urgent] if urgent else []),
        "",
        f"Sign in to read {'it' if number == 1 else 'them'}: {link}",
        "",
        "This message says nothing about anybody; what the alert says is behind the sign-in.",
        "It is sent by itself. Nobody reads answers to it.",
        "",
    ]
    return f"{counted(number)}: sign in to read {'it' if number == 1 else 'them'}", "\n".join(lines)


def urgent(messages: Iterable[Message], words: Mapping[str, str]) -> str:
    """The agreed sentence for the most urgent of *messages* that has one, else none."""
    there = {message.urgency for message in messages}
    return next((words[grade] for grade in ORDER if grade in there and grade in words), "")


def named(messages: Sequence[Message], at: int) -> str:
    """The opaque id of one notice."""
    told = f"{at}/{'/'.join(message.id for message in messages)}"
    return f"ntc_{sha256(told.encode()).hexdigest()[:24]}"
