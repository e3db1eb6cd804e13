"""
A person's plan as one SVG picture: a lane a team, time from left to right, a shape and a colour for every state.

No script, no font and no image from elsewhere: it opens in a browser, prints, and reads aloud by its titles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from xml.sax.saxutils import escape

from hub import words
from hub.inbox.timeline import Mark, Row

WIDTH, LEFT, RIGHT = 1280, 210, 28  # of the picture, and of the margins beside the time axis
TIER, PAD, FLAG = 24, 11, 22
WIDE, CAPITAL, AIR = 7.0, 9.0, 8  # what a letter and a capital take in the widest of the fonts, and the space after
INK, SOFT, FAINT, LINE = "#0b0c0c", "#50585d", "#8a9196", "#d8dcde"
BANDS = ("#f6f7f8", "#ffffff")
AWAY = timedelta(days=365)  # how far from everything else a birthday is still drawn
LONGEST = 31  # letters of a team's name in the margin
STYLE = "<style>@page{size:A4 landscape;margin:10mm}@media print{svg{width:100%;height:auto}}</style>"
BLUE, GREEN, RED, AMBER, PURPLE = "#1d5fa8", "#00703c", "#c8321b", "#9a5b00", "#5f3dc4"
MARKS = {"today": (RED, ""), "plan": (INK, ""), "eighteenth": (PURPLE, "6 4")}


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn, around the origin, and what it is called in the legend."""

    shape: str
    says: str
    ink: str = INK
    ended: bool = False


def _disc(fill: str, stroke: str, more: str = "") -> str:
    return f'<circle r="6" fill="{fill}" stroke="{stroke}" stroke-width="2"{more}/>'


def _lines(path: str, colour: str, width: float = 2) -> str:
    caps = 'stroke-linecap="round" stroke-linejoin="round"'
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" {caps}/>'


LOOKS: Mapping[str, Look] = {
    "PENDING": Look(_disc("#fff", BLUE), "planned, not told yet"),
    "RAISED": Look(_disc(BLUE, BLUE), "told, waits for an answer"),
    "ACKNOWLEDGED": Look(_disc(GREEN, GREEN) + _lines("M-3 0.3 -0.8 2.6 3.2 -2.4", "#fff"), "acknowledged"),
    "ESCALATED": Look(
        f'<path d="M0 -7.5 7.5 6 -7.5 6Z" fill="{RED}" stroke="{RED}" stroke-width="1.5" stroke-linejoin="round"/>'
        + _lines("M0 -2.8V1.4M0 4V4.1", "#fff", 1.8),
        "escalated",
        RED,
    ),
    "COPY": Look(_disc("#fff", SOFT) + _lines("M0 -0.8V3M0 -3.2V-3.1", SOFT, 1.8), "told for information"),
    "CLOSED": Look(
        f'<rect x="-6" y="-6" width="12" height="12" rx="1.5" fill="{SOFT}"/>'
        + _lines("M-3 0.3 -0.8 2.6 3.2 -2.4", "#fff"),
        "closed",
        SOFT,
    ),
    "SUPERSEDED": Look(_disc("#fff", FAINT) + _lines("M-6 6 6 -6", FAINT), "told, then replaced", SOFT, True),
    "CANCELLED": Look(_lines("M-5 -5 5 5M-5 5 5 -5", SOFT, 2.4), "told, then cancelled", SOFT, True),
    "SUPPRESSED": Look(
        f'<rect x="-6" y="-6" width="12" height="12" fill="#fff" stroke="{AMBER}" stroke-width="2"/>'
        + _lines("M-2.8 0H2.8", AMBER, 2.4),
        "withheld from the team",
        AMBER,
    ),
    "SKIPPED": Look(f'<circle r="3" fill="{FAINT}"/>', "passed over", SOFT),
}
UNSEEN = Look(_disc("#fff", FAINT, ' stroke-dasharray="2.5 2.5"'), "replaced before it was told", SOFT, True)
CORRECTION = Look(f'<path d="M0 -7 7 0 0 7 -7 0Z" fill="{PURPLE}"/>', "correction told", PURPLE)
WAITING = Look(f'<path d="M0 -6 6 0 0 6 -6 0Z" fill="#fff" stroke="{PURPLE}" stroke-width="2"/>', "correction waits")
ORDER = (*LOOKS.values(), UNSEEN, CORRECTION, WAITING)


def look(row: Row) -> Look:
    """The look of a row; a state that a newer hub may know is an open circle under its own name."""
    state = row.step["state"]
    if row.step["kind"] == "CORRECTION" and state in {"PENDING", "RAISED"}:
        return WAITING if state == "PENDING" else CORRECTION
    if row.unseen:
        return UNSEEN
    return LOOKS.get(state) or Look(_disc("#fff", INK), state.lower().replace("_", " "))


class Axis:
    """Days to places from left to right, over all that is to be shown and some air on either side."""

    def __init__(self, days: Sequence[date]) -> None:
        first, last = min(days), max(days)
        air = timedelta(days=max((last - first).days // 30, 7))
        self.first, self.last = (first - air).replace(day=1), last + 2 * air
        self._scale = (WIDTH - LEFT - RIGHT) / (self.last - self.first).days

    def __call__(self, on: date) -> float:
        return round(LEFT + (on - self.first).days * self._scale, 1)

    def months(self) -> list[date]:
        """The firsts of months, as many as have room for their names."""
        span = (self.last - self.first).days / 30
        step = next((step for step in (1, 2, 3, 6) if span / step <= 26), 12)
        start, end = (on.year * 12 + on.month - 1 for on in (self.first, self.last))
        made = [date(number // 12, number % 12 + 1, 1) for number in range(start, end + 1) if number % 12 % step == 0]
        return [on for on in made if self.first <= on and self(on) < WIDTH - RIGHT - 24]


@dataclass(slots=True)
class Placed:
    """One symbol with its label: where, on which tier of its lane, and to which side the label goes."""

    row: Row
    x: float
    label: str
    tier: int
    leftward: bool


def picture(
    title: str,
    rows: Sequence[Row],
    days: Iterable[Mark],
    teams: Mapping[str, str],
    told: str = "",
    inline: bool = False,
) -> str:
    """
    The SVG of *rows*; *days* are marked with a line each, *teams* gives names to codes, *told* stands under the title.

    *inline* leaves its style to the page that it stands in.
    """
    days = sorted(_near(days, rows), key=lambda mark: mark.on)
    axis = Axis([*(row.on for row in rows), *(mark.on for mark in days)])
    flags = _flags(days, axis)
    head = 118 + FLAG * (1 + max((flag.tier for flag in flags), default=0))
    bands, lanes = list[str](), list[str]()
    top = float(head)
    for number, team in enumerate(dict.fromkeys(sorted(row.step["team"] for row in rows))):
        placed = _placed([row for row in rows if row.step["team"] == team], axis)
        height = (max(one.tier for one in placed) + 1) * TIER + 2 * PAD
        ground = BANDS[number % 2]
        bands += _band(top, height, ground)
        lanes += _lane(team, teams.get(team, ""), placed, top, ground)
        top += height
    if not rows:
        lanes.append(_text(LEFT, top + 30, "Nothing is planned, and nothing was told.", 14, SOFT))
        top += 60
    legend, bottom = _legend(rows, top + 34)
    body = [*bands, *_grid(axis, head, top), *_poles(flags, top), *_months(axis, head), *lanes, *legend]
    said = _described(title, rows, days)
    return "\n".join(_frame(title, told, said, body, bottom, "" if inline else STYLE)) + "\n"


def _frame(title: str, told: str, said: str, body: list[str], height: float, style: str) -> list[str]:
    font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
        f' role="img" aria-labelledby="title desc" font-family="{font}">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(said)}</desc>',
        style,
        f'<rect width="{WIDTH}" height="{height:g}" fill="#fff"/>',
        _text(28, 42, title, 22, INK, ' font-weight="600"'),
        _text(28, 66, told, 13, SOFT),
        *body,
        "</svg>",
    ]


def _text(x: float, y: float, text: str, size: float, colour: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{more}>{escape(text)}</text>'


def _near(days: Iterable[Mark], rows: Sequence[Row]) -> list[Mark]:
    """The days to draw: an 18th birthday years away from all else would leave the rest no room."""
    days = list(days)
    others = [*(row.on for row in rows), *(mark.on for mark in days if mark.key != "eighteenth")]
    return [mark for mark in days if not others or min(others) - AWAY <= mark.on <= max(others) + AWAY]


def _grid(axis: Axis, head: float, bottom: float) -> list[str]:
    """A faint line down from the first of each month, a darker one at the new year."""
    lines = [
        f'<path d="M{axis(on):g} {head - 10:g}V{bottom:g}" stroke="{FAINT if on.month == 1 else LINE}"'
        ' stroke-width="1"/>'
        for on in axis.months()
    ]
    return [*lines, f'<path d="M28 {head:g}H{WIDTH - RIGHT}" stroke="{FAINT}" stroke-width="1"/>']


def _months(axis: Axis, head: float) -> list[str]:
    """The names of months across the top, with the year at its beginning."""
    made, year = [], 0
    for on in axis.months():
        x = axis(on) + 4
        bold = ' font-weight="600"' if on.month == 1 else ""
        made.append(_text(x, head - 6, f"{on:%b}", 12, SOFT, f"{bold} {_halo('#fff')}"))
        if on.year != year:
            year = on.year
            made.append(_text(x, head - 22, str(year), 12, INK, f' font-weight="600" {_halo("#fff")}'))
    return made


def _halo(ground: str) -> str:
    """Text that stays legible where it crosses a line."""
    return f'paint-order="stroke" stroke="{ground}" stroke-width="4" stroke-linejoin="round"'


def _placed(rows: Iterable[Row], axis: Axis) -> list[Placed]:
    """Each row on the first tier of its lane where its symbol and label hide nothing."""
    ends: list[float] = []
    made = []
    for row in sorted(rows, key=lambda row: (row.on, row.step["due_at"])):
        x, label = axis(row.on), f"{row.step['stage']} {row.on.day} {row.on:%b}"
        width = len(row.step["stage"]) * CAPITAL + 42
        leftward = x + 12 + width > WIDTH - RIGHT
        start, end = (x - 12 - width, x + 8) if leftward else (x - 8, x + 12 + width)
        tier = next((number for number, taken in enumerate(ends) if taken + AIR <= start), len(ends))
        ends[tier : tier + 1] = [end]
        made.append(Placed(row, x, label, tier, leftward))
    return made


def _band(top: float, height: float, ground: str) -> list[str]:
    shade = f'<rect x="28" y="{top:g}" width="{WIDTH - RIGHT - 28}" height="{height:g}" fill="{ground}"/>'
    return [shade, f'<path d="M28 {top + height:g}H{WIDTH - RIGHT}" stroke="{LINE}" stroke-width="1"/>']


def _lane(team: str, name: str, placed: Iterable[Placed], top: float, ground: str) -> list[str]:
    said = name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
    made = [_text(36, top + 21, team, 14, INK, ' font-weight="600"'), _text(36, top + 36, said, 10.5, SOFT)]
    return [*made, *(_symbol(one, top, ground) for one in placed)]


def _symbol(one: Placed, top: float, ground: str) -> str:
    row, drawn = one.row, look(one.row)
    y = top + PAD + one.tier * TIER + TIER / 2
    x, anchor = (-11, "end") if one.leftward else (11, "start")
    stage, _, day = one.label.partition(" ")
    weight = "400" if drawn.ended else "600"
    label = (
        f'<text x="{x}" y="4" font-size="12" text-anchor="{anchor}" {_halo(ground)}>'
        f'<tspan fill="{drawn.ink}" font-weight="{weight}">{escape(stage)}</tspan>'
        f'<tspan fill="{SOFT}" font-size="11"> {day}</tspan></text>'
    )
    about = f"{row.step['stage']}, {row.step['team']}, {row.on:%A} {words.day(row.on)}: {drawn.says}; {row.why}"
    return f'<g transform="translate({one.x:g} {y:g})"><title>{escape(about)}</title>{drawn.shape}{label}</g>'


@dataclass(frozen=True, slots=True)
class Flag:
    """The name of a marked day above its line, on the first tier where no other name is."""

    mark: Mark
    x: float
    start: float
    width: float
    tier: int


def _flags(days: Iterable[Mark], axis: Axis) -> list[Flag]:
    ends: list[float] = []
    made = []
    for mark in days:
        x, width = axis(mark.on), len(f"{mark.label}, {words.day(mark.on)}") * WIDE + 12
        start = min(x - 1, WIDTH - RIGHT - width)
        tier = next((number for number, taken in enumerate(ends) if taken + 8 <= start), len(ends))
        ends[tier : tier + 1] = [start + width]
        made.append(Flag(mark, x, start, width, tier))
    return made


def _poles(flags: Iterable[Flag], bottom: float) -> list[str]:
    """The lines down from marked days, and over them their names."""
    poles, names = list[str](), list[str]()
    for flag in flags:
        colour, dashes = MARKS[flag.mark.key]
        y = 82 + flag.tier * FLAG
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        poles.append(f'<path d="M{flag.x:g} {y}V{bottom:g}" stroke="{colour}" stroke-width="2"{dash}/>')
        names.append(f'<rect x="{flag.start:g}" y="{y}" width="{flag.width:g}" height="18" fill="{colour}"/>')
        fits = f' font-weight="600" textLength="{flag.width - 12:g}" lengthAdjust="spacingAndGlyphs"'
        label = f"{flag.mark.label}, {words.day(flag.mark.on)}"
        names.append(_text(flag.start + 6, y + 13, label, 11.5, "#fff", fits))
    return [*poles, *names]


def _legend(rows: Sequence[Row], top: float) -> tuple[list[str], float]:
    """The shapes that are in the picture and what they mean, in as many lines as they need; and where it ends."""
    used = {look(row).says: look(row) for row in rows}
    known = [one.says for one in ORDER]
    made, x, y = [], 36.0, top
    for says in sorted(used, key=lambda says: known.index(says) if says in known else len(known)):
        width = 38 + len(says) * WIDE
        if x + width > WIDTH - RIGHT:
            x, y = 36.0, y + 24
        made.append(f'<g transform="translate({x:g} {y:g})">{used[says].shape}{_text(13, 4, says, 12, SOFT)}</g>')
        x += width
    return made, y + 28


def _described(title: str, rows: Sequence[Row], days: Iterable[Mark]) -> str:
    """The picture for whoever cannot see it: what is marked, and every alert in order."""
    marked = "; ".join(f"{mark.label} {words.day(mark.on)}" for mark in days)
    listed = "; ".join(
        f"{words.day(row.on)} {row.step['stage']} for {row.step['team']}: {look(row).says}" for row in rows
    )
    return f"{title}. Marked: {marked}. {listed or 'Nothing is planned, and nothing was told'}."
