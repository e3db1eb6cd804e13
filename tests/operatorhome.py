"""A small home for the operator's pages: what the police sent of which some could not be taken, and its projection."""

from datetime import date
from time import time_ns

from consoles import projected
from shipped import schemas
from smallhome import drain, made
from smallhub import published

from hub import topics
from hub.core.events import Event
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.log import Out
from hub.wire.codec import vocabulary

NOW = time_ns() // 1000
DAY = 86_400_000_000
KINDS = sorted(vocabulary(schemas()))


def event(number, kind, agency="GMP", record="r1.secret-one", at=NOW - 60_000_000, **fields):
    return published(Event(f"e-{number}", kind, agency, record, at, None, fields))


def write(home, *outs, then=NOW):
    opened = open_home(home)
    log = EmbeddedLog(opened.log, opened.partitions, durable=False, clock=lambda: then * 1000)
    log.append(outs)
    log.close()
    drain(home)


def lived(folder):
    """Three events came with a clock ahead of the log's, whose time has come since; a letter; and some good ones."""
    made(folder)
    old = NOW - 3 * DAY
    write(folder, event(9, "person.registered", "YJS", "r1.y", at=old, link="l-2", dob=date(2010, 5, 5)), then=old)
    first = event(1, "person.registered", link="l-1", dob=date(2010, 5, 5))
    write(folder, first, event(2, "arrest.recorded"), event(3, "safeguarding.noticed"), then=NOW - DAY)
    write(folder, Out(topics.intake("GMP"), 0, b"k", b"Dear hub, John Smith", ()), event(4, "ehcp.active"))
    write(folder, Out(topics.intake("YJS"), 0, b"k", b"\0\0\0\0\1Jane", ()), then=NOW - 5_000_000)
    projected(folder)
    return folder


def filled(kind, secret):
    """An event of this type of which every field that can says *secret*."""
    schema = schemas().newest[kind]
    made = {"id": secret, "agency": secret, "record": secret, "at": 0, "seq": None}
    for name in schema.domain:
        word = schema.kinds[name].word
        made[name] = secret if "plain string" in word and "list" not in word else [secret] if "list" in word else None
    return schemas().encode(kind, made)
