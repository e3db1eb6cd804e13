"""
Sessions: the cookie holds a random name and nothing else; the database holds its hash, and who it is.

They lie beside the projection, so that several consoles share them and a sign-out counts at each, but they are no part
of it: they do not come from the log, and a rebuild leaves them alone.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, delete, insert, inspect, or_, select, update

from hub.console.who import Role, User

MINUTE = 60 * 1_000_000  # microseconds, as all times here
IDLE, LONGEST = 30 * MINUTE, 12 * 60 * MINUTE  # without a click, and in all
ROWS = Table(
    "console_sessions",
    MetaData(),
    Column("name", String(64), primary_key=True),
    Column("user", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("of", String(64)),
    Column("label", String(200), nullable=False),
    Column("token", String(64), nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("told", String, nullable=False),
    Column("acting", String(41), nullable=False),
)


@dataclass(slots=True)
class Session:
    """
    One person's visit; *token* stands in every form of theirs, *told* waits to be shown once.

    *acting* is the role in which they answered last, for the next form to begin with.
    """

    name: str  # the hash of what the cookie holds
    user: User
    begun: int
    seen: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    told: list[str] = field(default_factory=list)
    acting: str = ""


class Sessions:
    """The open sessions of all consoles of one database."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        if {one["name"] for one in _columns(database)} not in (set(), set(ROWS.c.keys())):
            ROWS.drop(database)  # of another release: whoever was in signs in again
        ROWS.metadata.create_all(database)

    def begin(self, user: User, now: int) -> str:
        """Open a session and return its name, new each time, so that none can be planted."""
        name = secrets.token_urlsafe(32)
        session = Session(_hash(name), user, now, now)
        with self._database.begin() as sql:
            sql.execute(delete(ROWS).where(or_(ROWS.c.seen < now - IDLE, ROWS.c.begun < now - LONGEST)))
            who = {"user": user.id, "role": user.role.value, "of": user.of, "label": user.label[:200]}
            about = {
                "name": session.name,
                "token": session.token,
                "begun": now,
                "seen": now,
                "told": "[]",
                "acting": "",
            }
            sql.execute(insert(ROWS).values(**who, **about))
        return name

    def find(self, name: str | None, now: int) -> Session | None:
        """The session of that name, if it is still open; being asked keeps it so."""
        if not name:
            return None
        with self._database.connect() as sql:
            row = sql.execute(select(ROWS).where(ROWS.c.name == _hash(name))).one_or_none()
        if row is None or now - row.seen > IDLE or now - row.begun > LONGEST:
            return None
        user = User(row.user, Role(row.role), row.of, row.label)
        session = Session(row.name, user, row.begun, row.seen, row.token, json.loads(row.told), row.acting)
        if now - row.seen > MINUTE:  # so that not every click writes
            session.seen = now
            self.keep(session)
        return session

    def lasts(self, session: Session, now: int) -> bool:
        """Whether it is still open, asked without keeping it so."""
        with self._database.connect() as sql:
            seen = sql.execute(select(ROWS.c.seen).where(ROWS.c.name == session.name)).scalar_one_or_none()
        return seen is not None and now - seen <= IDLE and now - session.begun <= LONGEST

    def keep(self, session: Session) -> None:
        """Write down what has changed of it; one that was ended meanwhile stays so."""
        with self._database.begin() as sql:
            changed = {"seen": session.seen, "told": json.dumps(session.told), "acting": session.acting}
            sql.execute(update(ROWS).where(ROWS.c.name == session.name).values(**changed))

    def end(self, session: Session) -> None:
        """Close it: the cookie is worth nothing from now on, at any console."""
        with self._database.begin() as sql:
            sql.execute(delete(ROWS).where(ROWS.c.name == session.name))


def _columns(database: Engine) -> Sequence[Mapping[str, Any]]:
    found = inspect(database)
    return found.get_columns(ROWS.name) if found.has_table(ROWS.name) else ()


def _hash(name: str) -> str:
    """Whoever reads the database cannot go on with anybody's session."""
    return sha256(name.encode()).hexdigest()
