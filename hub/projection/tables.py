"""
The tables of the projection, the same in SQLite and PostgreSQL.

Instants are UTC microseconds, days are days of London's calendar counted from 1970. What stands at `partition` and
`offset` of its topic is known by them: the same record makes the same row, whichever is read first.
"""

from hashlib import sha256

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.schema import CreateIndex, CreateTable

FOLDED = 1  # to be raised when rows of the same shape come to hold something else

meta = MetaData()
WORDS = Text().with_variant(TEXT(collation="C"), "postgresql")  # both compare by code points then, as SQLite does


def _big(name: str, null: bool = False, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, primary_key=key, autoincrement=False)


def _text(name: str, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, WORDS, nullable=null, primary_key=key)


def _small(name: str, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def _table(name: str, *columns: Column[int] | Column[str] | Column[bool] | Index) -> Table:
    return Table(name, meta, *columns, sqlite_with_rowid=False)


def _place() -> tuple[Column[int], Column[int]]:
    return _small("partition", key=True), _big("offset", key=True)


# What the projection knows of itself, and how far it has read.
about = _table("about", _text("name", key=True), _text("value"))
positions = _table("positions", _text("topic", key=True), _small("partition", key=True), _big("offset"))

# Decisions. An outcome is what one team got of one decision; all that is the same for many of them is its kind.
decisions = _table(
    "decisions",
    *_place(),
    _text("id"),
    _text("person"),
    _text("source"),
    _text("subject"),
    _text("event"),
    _big("at"),
    _text("bundle"),
    Index("decisions_id", "id"),
    Index("decisions_subject", "subject"),
    Index("decisions_event", "event"),
    Index("decisions_person", "person", "at"),
)
kinds = _table(
    "kinds",
    _big("kind", key=True),
    _text("source"),
    _text("subject"),
    _text("team"),
    _text("outcome"),
    _text("agreement", null=True),
    _text("clause", null=True),
    _text("purpose", null=True),
    _text("gateway", null=True),
    _text("reason", null=True),
    _text("owner", null=True),
    _text("grant", null=True),
    _text("kept"),  # JSON: each field with the form it left in
)
outcomes = _table(
    "outcomes",
    *_place(),
    _big("kind", key=True),
    _big("at"),
    Index("outcomes_at", "at", "partition", "offset", "kind"),
    Index("outcomes_kind", "kind", "at"),
)
# Outcomes of each kind, counted by day (level 0), by month (1) and by year (2): a sum is over one level, or `spans`.
tallies = _table(
    "tallies", _small("level", key=True), _small("number", key=True), _big("kind", key=True), _big("count")
)
days = _table("days", _small("day", key=True), _text("team", key=True), _text("outcome", key=True), _big("count"))
erased = _table("erased", *_place(), _big("leaf"), _big("at"))
leaves = _table("leaves", *_place(), _big("leaf"))
checkpoints = _table("checkpoints", _text("topic", key=True), _big("offset", key=True), _big("at"), _text("note"))

# What teams were told. An alert is the newest notice of its id that its team got, and what came of it since.
notices = _table(
    "notices",
    _text("team", key=True),
    *_place(),
    _text("id"),
    _text("person"),  # the team's own pseudonym, never the hub's
    _text("kind"),
    _text("about", null=True),
    _text("stage"),
    _big("raised"),
    _text("told"),  # JSON: the record as the team got it
    Index("notices_id", "id"),
    Index("notices_person", "team", "person", "raised"),
)
alerts = _table(
    "alerts",
    _text("team", key=True),
    _text("id", key=True),
    _text("person"),
    _text("kind"),
    _text("stage"),
    _text("urgency"),
    _big("due"),
    _big("raised"),
    _big("ack_by", null=True),
    _text("told"),
    _text("state"),
    _big("since"),
    _small("rank"),  # 0 waits for an answer, 1 holds, 2 is over: the order of an inbox
    Column("withdrawn", Boolean, nullable=False),
    Index("alerts_order", "team", "rank", "due", "id"),
    Index("alerts_id", "id"),
    Index("alerts_person", "team", "person"),
)
# The steps of alerts know the hub's handle of the person: for the hub and the information governance lead alone.
steps = _table(
    "steps",
    *_place(),
    _text("alert"),
    _text("person"),
    _text("team"),
    _text("kind"),
    _text("stage"),
    _text("state"),
    _big("at"),
    _text("step"),  # JSON: the record
    Index("steps_alert", "alert", "partition", "offset"),
    Index("steps_person", "person"),
    Index("steps_at", "at"),
)
answers = _table(
    "answers",
    _text("team", key=True),
    *_place(),
    _text("id"),
    _text("alert", null=True),
    _text("stage", null=True),
    _text("person"),
    _text("agency"),
    _big("at"),
    _text("answer"),
    _text("reason", null=True),
    _text("role", null=True),
    Index("answers_alert", "team", "alert"),
    Index("answers_person", "team", "person"),
)
deliveries = _table(
    "deliveries",
    _text("team", key=True),
    *_place(),
    _text("id"),
    _text("decision"),  # the team's own reference
    _text("clause"),
    _text("subject"),
    _text("source"),
    _big("at"),
    _text("fields"),  # JSON: their names alone
    Index("deliveries_decision", "decision"),
    Index("deliveries_at", "team", "at"),
)
# How often a clause disclosed something, and each field with it (empty: the disclosure itself); by the same levels.
uses = _table(
    "uses",
    _small("level", key=True),
    _small("number", key=True),
    _text("team", key=True),
    _text("clause", key=True),
    _text("field", key=True),
    _big("count"),
    _big("last"),
)

# Who looked at what.
accesses = _table(
    "accesses",
    *_place(),
    _text("id"),
    _text("what"),
    _text("person"),
    _text("reason"),
    _text("by"),
    _text("second"),
    _big("at"),
    _big("since", null=True),
    _big("until", null=True),
    _text("of", null=True),
    Index("accesses_at", "at"),
)
reads = _table(
    "reads",
    *_place(),
    _text("id"),
    _big("at"),
    _text("user"),
    _text("role"),
    _text("team", null=True),
    _text("page"),
    _text("person", null=True),
    _text("of", null=True),
    _text("reason", null=True),
    Index("reads_at", "at"),
    Index("reads_person", "person"),
)
# What became of attempts to tell teams outside Kafka; the place is that of what was sent, in its team's topic.
receipts = _table(
    "receipts",
    _text("endpoint", key=True),
    _text("topic", key=True),
    *_place(),
    _text("team"),
    _text("channel"),
    _text("of", null=True),
    _text("message", null=True),
    _big("attempt"),
    _text("outcome"),
    _text("why", null=True),
    _big("at"),
    _big("next", null=True),
    Index("receipts_of", "team", "of"),
    Index("receipts_outcome", "outcome", "at"),
)

# Rules and sources.
bundles = _table(
    "bundles",
    *_place(),
    _text("hash"),
    _big("at"),
    _text("keys"),  # JSON: whose keys signed
    _text("bundle"),  # JSON, as it was signed
    Index("bundles_hash", "hash"),
)
quarantine = _table(
    "quarantine",
    _text("owner", key=True),
    *_place(),
    _big("at"),
    _text("source"),
    _text("reason"),
    _big("size"),
    Index("quarantine_at", "at"),
    Index("quarantine_source", "source"),
)
intake = _table(
    "intake",
    _text("agency", key=True),
    _small("day", key=True),
    _text("type", key=True),  # empty: what could not be read
    _big("count"),
    _big("newest"),  # when the newest entered the log
    _big("hour"),  # of the count, how many came within an hour of what they tell of, a day, a week, or later
    _big("daily"),
    _big("week"),
    _big("later"),
    _big("slowest"),
)


def version() -> str:
    """
    What tells these tables from those of another release: a projection of another version is made anew.

    It follows from all that makes them, so that nobody can forget it.
    """
    made = [str(CreateTable(table)) for table in meta.sorted_tables]
    made += [str(CreateIndex(index)) for table in meta.sorted_tables for index in sorted(table.indexes, key=str)]
    return f"{FOLDED}-{sha256(''.join(made).encode()).hexdigest()[:16]}"
