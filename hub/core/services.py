"""
Services around a person: which are held, when each ends, and whether anybody has agreed to carry on (section 3.3).

A service is OPEN, CLOSURE_PLANNED or CLOSED; its handover NONE, REFERRED, ACCEPTED, DECLINED or NO_REPLY.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.core.calendar import birthday
from hub.core.person import Fact
from hub.core.rules import LEAD, Rules, Service
from hub.core.view import View, care_status, in_custody, open_service, order_on

TOLD = ("service:", "care_status", "about:care_status", "about:lac_", "about:ehcp", "ehcp", "remand")
NEEDS = ("about:homeless", "about:substance", "about:care_needs", "about:health", "about:mental_health")
AGREED = frozenset({"NEED_MET", "MOVED"})
ADVANCE = ("NONE", "NO_REPLY", "DECLINED", "REFERRED", "ACCEPTED")


@dataclass(frozen=True, slots=True)
class Spell:
    """
    One service held: *opened* (0: unknown), the *planned* last day and the *closed* one; *fact* is its newest word.

    *taken_back* are the ends that were told before it was opened again, *notice* what was said before it closed.
    """

    fact: Fact
    opened: int = 0
    planned: date | None = None
    closed: date | None = None
    taken_back: tuple[date, ...] = ()
    notice: Fact | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A service that ends on a known day: its stages, how far its handover is, and why it is no cliff, if so."""

    service: str
    team: str
    end: date
    stages: tuple[str, ...]
    handover: str
    asked: tuple[str, ...]
    over: str | None
    receivers: tuple[str, ...] = ()
    care_act: bool = False
    implied: bool = False


def told_of(seen: View) -> bool:
    """Whether anything is known that could be a service: most people have none, and cost nothing more."""
    for name in seen.facts:
        if name.startswith(TOLD):
            return True
    return _in_need(seen)


def endings(seen: View, today: date, rules: Rules) -> dict[str, Ending]:
    """Every service whose last day is known, by its code."""
    spells = dict(held(seen, today, rules))
    if not spells:
        return {}
    made = {code: _ending(code, spell, seen, rules) for code, spell in spells.items()}
    known = {code: ending for code, ending in made.items() if ending is not None}
    if not known:
        return known
    handovers = _Handovers(seen, today, rules)
    return {code: _judged(ending, spells, known, handovers, seen, rules) for code, ending in known.items()}


def held(seen: View, today: date, rules: Rules) -> Iterator[tuple[str, Spell]]:
    """The services that are or were held, by code: by their own events first, else by another fact that says so."""
    spells: dict[str, Spell] = {}
    for name in seen.facts:
        if name.startswith("service:"):
            word = name.removeprefix("service:")
            code = rules.services.codes.get(word, word)
            spell = _spell(seen, word, rules)
            if code not in spells or (spell.fact.at, spell.fact.id) > (spells[code].fact.at, spells[code].fact.id):
                spells[code] = spell
    for known_by, find in FOUND.items():
        for code in rules.services.known_by.get(known_by, ()):
            if code not in spells and (found := find(seen, today, rules.services.kinds[code], rules)) is not None:
                spells[code] = found
    yield from spells.items()


def _spell(seen: View, word: str, rules: Rules) -> Spell:
    fact = seen.facts[f"service:{word}"]
    opened, state = seen.facts.get(f"opened:{word}"), fact.fields["state"]
    start = 0 if opened is None else opened.at
    notice, closed = seen.facts.get(f"notice:{word}"), seen.facts.get(f"closed:{word}")
    first = _day(opened)
    if state == "OPEN":
        before = [_day(notice), _last(closed, rules)]
        return Spell(fact, start, _day(fact), None, tuple(day for day in before if day is not None))
    notice = notice if notice is not None and start <= notice.at <= fact.at else None
    planned = _day(notice)
    if state == "CLOSED":
        last = _last(fact, rules)
        known = first if first is not None and last is not None and first <= last else None
        return Spell(fact, start, planned or known, last, notice=notice)
    return Spell(fact, start, planned or _day(fact) or first)


def _day(fact: Fact | None) -> date | None:
    end = None if fact is None else fact.fields.get("end")
    return end if isinstance(end, date) else None


def _last(closed: Fact | None, rules: Rules) -> date | None:
    return None if closed is None else _day(closed) or rules.calendar.local_date(closed.at)


def _by_care(seen: View, today: date, kind: Service, rules: Rules) -> Spell | None:
    """A young person who leaves care has a personal adviser from the 18th birthday (Children Act 1989 s.23C)."""
    if care_status(seen) not in kind.held_by or (adult := seen.eighteenth) is None or today < adult:
        return None
    fact = seen.facts.get("care_status") or seen.facts.get("about:care_status")
    return Spell(fact or Fact(None, 0, "", {}))


def _by_plan(seen: View, today: date, kind: Service, rules: Rules) -> Spell | None:
    fact = seen.facts.get("ehcp")
    if fact is None:
        flag = seen.facts.get("about:ehcp")
        return None if flag is None or flag.fields.get("value") is not True else Spell(flag)
    return Spell(fact, closed=_last(fact, rules) if fact.fields.get("state") == "CLOSED" else None)


def _by_remand(seen: View, today: date, kind: Service, rules: Rules) -> Spell | None:
    """Looked after for as long as the remand lasts: until release, another legal status, or 18 (LASPO 2012 s.104)."""
    fact = seen.facts.get("remand")
    if fact is None or (adult := seen.eighteenth) is None or rules.calendar.local_date(fact.at) >= adult:
        return None
    freed = seen.last("release", "removed")
    freed = 0 if seen.at("release_in_error") >= freed else freed
    disposed = 0 if seen.get("legal_status", "new") in kind.held_by else seen.at("legal_status")
    ends = [rules.calendar.local_date(at) for at in (freed, disposed) if at > fact.at]
    ends += [adult] if adult <= today else []
    return Spell(fact, fact.at, closed=min(ends, default=None))


def _by_sentence(seen: View, today: date, kind: Service, rules: Rules) -> Spell | None:
    """Supervision ends with the licence; it leaves a gap only where needs are open and nobody voluntary is there."""
    if not _in_need(seen) or (end := supervision_end(seen)) is None:
        return None
    mentored = seen.about("vcse_match") is True or open_service(seen, _closed_by(kind.receivers, rules))
    return None if mentored else Spell(Fact(None, 0, "", {}), planned=end)


def _in_need(seen: View) -> bool:
    for name in NEEDS:
        fact = seen.facts.get(name)
        if fact is not None and fact.fields.get("value") is True:
            return True
    return False


FOUND = {"CARE_STATUS": _by_care, "EHCP": _by_plan, "REMAND": _by_remand, "SENTENCE": _by_sentence}


def _closed_by(teams: Iterable[str], rules: Rules) -> Iterable[str]:
    return [code for code, kind in rules.services.kinds.items() if kind.team in teams]


def supervision_end(seen: View) -> date | None:
    """The last day on licence as the prison last told it: both ends in one, the licence's, or the sentence's."""
    newest = seen.custody.dates
    days = [] if newest is None else [newest.fields.get(name) for name in ("sled", "led", "sed")]
    return next((day for day in days if isinstance(day, date)), None)


def school_leaving(born: date, age: int) -> date:
    """
    The last Friday in June of the school year in which *age* is reached (Education Act 1996 s.8).

    >>> school_leaving(date(2011, 1, 15), 16), school_leaving(date(2010, 9, 1), 16)
    (datetime.date(2027, 6, 25), datetime.date(2027, 6, 25))
    """
    reached = birthday(born, age)
    last = date(reached.year + (reached.month >= 9), 6, 30)
    return last - timedelta(days=(last.weekday() - 4) % 7)


def _implied(kind: Service, seen: View, spell: Spell, rules: Rules) -> date | None:
    """When the service ends if nothing else is told; one that was opened after that day is held for another reason."""
    if seen.born is None:
        return None
    if kind.birthday is not None:
        end = birthday(seen.born, kind.birthday)
    elif kind.school_leaving is not None:
        end = school_leaving(seen.born, kind.school_leaving)
    else:
        return None
    return None if spell.opened and rules.calendar.local_date(spell.opened) >= end else end


def kind_of(code: str, fact: Fact, rules: Rules) -> Service | None:
    """The kind of service *code* is; one that no policy names belongs to the team of the agency that told of it."""
    kind = rules.services.kinds.get(code)
    if kind is not None or "." in code:
        return kind
    team = next((team.code for team in rules.teams.values() if team.agency == fact.fields.get("by")), None)
    if team is None:
        return None
    return Service(team, True, False, None, None, (), (), frozenset(), ("C90", "C28", "C0"), None, frozenset())


def _ending(code: str, spell: Spell, seen: View, rules: Rules) -> Ending | None:
    kind = kind_of(code, spell.fact, rules)
    if kind is None:
        return None
    planned = spell.planned or _implied(kind, seen, spell, rules)
    end, stages, implied = planned, kind.stages, spell.planned is None
    if spell.closed is not None and (planned is None or spell.closed < planned):
        end, implied = spell.closed, False
        stages = ("CU",) if spell.planned is None else kind.stages
    if end is None:
        return None
    more = (kind.receivers, kind.care_act, implied)
    return Ending(code, kind.team, end, stages, "NONE", (), None, *more)


def _judged(
    ending: Ending,
    spells: Mapping[str, Spell],
    known: Mapping[str, Ending],
    handovers: "_Handovers",
    seen: View,
    rules: Rules,
) -> Ending:
    """The ending with its handover, and why it is no cliff."""
    spell = spells[ending.service]
    kind = kind_of(ending.service, spell.fact, rules)
    if kind is None:
        return ending
    state, asked = handovers.of(ending.service, kind, spell)
    over = "ACCEPTED" if state == "ACCEPTED" else _agreed(spell) or _continued(ending, kind, spells, known, seen, rules)
    return replace(ending, handover=state, asked=asked, over=over)


def _agreed(spell: Spell) -> str | None:
    """The need is met and the young person agrees, or they moved and the receiving authority does: said by its end."""
    for fact in (spell.fact, spell.notice):
        reason = None if fact is None or fact.fields.get("agreed") is not True else fact.fields.get("reason")
        if reason in AGREED:
            return str(reason)
    return None


def _continued(
    ending: Ending,
    kind: Service,
    spells: Mapping[str, Spell],
    known: Mapping[str, Ending],
    seen: View,
    rules: Rules,
) -> str | None:
    """The same duty goes on under another heading: a care status told by then or since, or another service, longer."""
    status = seen.facts.get("care_status")
    since = None if status is None else rules.calendar.local_date(status.at)
    if since is not None and since >= ending.end and seen.get("care_status", "new") in kind.continues:
        return "DUTY_CONTINUES_RELEVANT"
    for name in kind.continues:
        other = spells.get(name) or (_spell(seen, name, rules) if f"service:{name}" in seen.facts else None)
        goes_on = other is not None and other.fact.fields.get("state") == "OPEN"
        if goes_on and (name not in known or known[name].end > ending.end):
            return "DUTY_CONTINUES"
    return None


class _Handovers:
    """The referrals of one person, and which of them each answer belongs to."""

    def __init__(self, seen: View, today: date, rules: Rules) -> None:
        self._seen, self._today, self._rules = seen, today, rules
        facts = seen.facts.items()
        self._answers = [fact for name, fact in facts if name.startswith("answer:")]
        named = [fact for fact in self._answers if "service" in fact.fields]
        self._made = [fact for name, fact in facts if name.startswith("referral:")]
        self._unasked = [fact for fact in named if not any(self._belongs(fact, made) for made in self._made)]

    def of(self, code: str, kind: Service, spell: Spell) -> tuple[str, tuple[str, ...]]:
        """
        How far the handover of this service is, and which teams were asked: of those that could never carry it on, only
        the ones that whoever runs it asked, or anybody could learn that it is there by asking themselves.
        """
        if not self._made and not self._unasked:
            return "NONE", ()
        mine = [made for made in self._made if made.at >= spell.opened and self._covers(made, code, kind, spell)]
        states = [self._state(made, code) for made in mine]
        unasked = [fact for fact in self._unasked if self._names(fact, code) and self._may_take(fact, kind, spell)]
        states += [str(fact.fields["state"]) for fact in unasked if fact.at >= spell.opened]
        own = [(self._runs(made, kind, spell), self._teams(made.fields.get("to"))) for made in mine]
        asked = {team for runs, teams in own for team in teams if runs or team in kind.receivers}
        return max(states, key=ADVANCE.index, default="NONE"), tuple(sorted(asked))

    def taken(self, team: str) -> bool:
        """Whether *team* has accepted something that it was asked to take on."""
        codes = self._rules.services.kinds
        mine = [made for made in self._made if team in self._teams(made.fields.get("to"))]
        return any(self._state(made, code) == "ACCEPTED" for made in mine for code in codes)

    def _state(self, made: Fact, code: str) -> str:
        """The newest answer to one referral, or how long it has waited; a transfer is its own answer."""
        if made.fields["state"] == "ACCEPTED":
            return "ACCEPTED"
        mine = [fact for fact in self._answers if self._belongs(fact, made) and self._names(fact, code)]
        if mine:
            return str(max(mine, key=lambda fact: (fact.at, fact.id)).fields["state"])
        calendar, days = self._rules.calendar, self._rules.services.no_reply_working_days
        waited = calendar.working_days_after(calendar.local_date(made.at), days)
        return "NO_REPLY" if self._today >= waited else "REFERRED"

    def _may_take(self, fact: Fact, kind: Service, spell: Spell) -> bool:
        """Nobody takes a service over unasked but who may carry it on, unless whoever runs it says so."""
        takes = not kind.receivers or not self._teams(fact.fields["by"]).isdisjoint(kind.receivers)
        return takes or self._runs(fact, kind, spell)

    def _runs(self, fact: Fact, kind: Service, spell: Spell) -> bool:
        team = self._rules.teams.get(kind.team)
        return fact.fields.get("by") in (spell.fact.fields.get("by"), team and team.agency)

    def _names(self, fact: Fact, code: str) -> bool:
        word = fact.fields.get("service")
        return word is None or self._rules.services.codes.get(str(word), word) == code

    def _covers(self, made: Fact, code: str, kind: Service, spell: Spell) -> bool:
        """A referral that names no service hands over those of its agency that its receiver could take on."""
        if "service" in made.fields:
            return self._names(made, code)
        if not self._runs(made, kind, spell):
            return False
        to = made.fields.get("to")
        moved = to is not None and to == self._seen.get("residence", "authority")
        return to is None or moved or not kind.receivers or not self._teams(to).isdisjoint(kind.receivers)

    def _belongs(self, answer: Fact, made: Fact) -> bool:
        """An answer belongs to an earlier referral to whoever answers; the referring agency may tell of it as well."""
        one, other = answer.fields, made.fields
        if answer.at < made.at or self._asked_again(made, answer.at):
            return False
        if not self._agree(one.get("service"), other.get("service")):
            return False
        answers = self._is(one["by"], other.get("to"))
        if "to" in one:  # of a receiver that no policy names, nobody knows who speaks for it
            known = self._teams(other.get("to"))
            return self._is(one["to"], other.get("to")) and (answers or one["by"] == other["by"] or not known)
        asked = any(made.at <= answer.at and self._is(one["by"], made.fields.get("to")) for made in self._made)
        return answers or (one["by"] == other["by"] and not asked)

    def _is(self, one: object, other: object) -> bool:
        """Whether two words for an agency, a team or a receiver can mean the same."""
        return one == other or not self._teams(one).isdisjoint(self._teams(other))

    def _asked_again(self, made: Fact, before: int) -> bool:
        """The same was asked of the same receiver once more by then: an answer is to that."""
        return any(made.at < fact.at <= before and _same(fact, made) for fact in self._made)

    def _agree(self, one: object, other: object) -> bool:
        codes = self._rules.services.codes
        return one is None or other is None or codes.get(str(one), one) == codes.get(str(other), other)

    def _teams(self, word: object) -> frozenset[str]:
        """The teams that a receiver's name or an agency stands for."""
        if not isinstance(word, str):
            return frozenset()
        if word in self._rules.services.receivers:
            return frozenset({self._rules.services.receivers[word]})
        own = {team.code for team in self._rules.teams.values() if team.agency == word}
        return frozenset({word} | own if word in self._rules.teams else own)


def handed_over(seen: View, team: str, today: date, rules: Rules) -> bool:
    """Whether what *team* hands over has been accepted, or, where it hands over nothing, what was referred to it."""
    if not any(name.startswith(("referral:", "answer:")) for name in seen.facts):
        return False
    handovers = _Handovers(seen, today, rules)
    own = {code: kind for code, kind in rules.services.kinds.items() if kind.team == team}
    mine = [(code, spell) for code, spell in held(seen, today, rules) if code in own and spell.closed is None]
    if mine:
        return all(handovers.of(code, own[code], spell)[0] == "ACCEPTED" for code, spell in mine)
    agency = team if team not in rules.teams else rules.teams[team].agency
    blank = Spell(Fact(None, 0, "", {"by": agency}))
    return handovers.taken(team) or any(handovers.of(code, kind, blank)[0] == "ACCEPTED" for code, kind in own.items())


def _same(one: Fact, other: Fact) -> bool:
    return all(one.fields.get(name) == other.fields.get(name) for name in ("by", "service", "to"))


def lead(seen: View, day: date) -> tuple[str, ...]:
    """The lead professional on *day*, where somebody supervises: probation for an adult, else youth justice."""
    adult, youth = LEAD
    licence = supervision_end(seen)
    if not (order_on(seen, day) or in_custody(seen) or (licence is not None and licence >= day)):
        return ()
    age = seen.age(day)
    return (adult,) if age is None or age >= 18 else (youth,)


def spoken(names: Iterable[str], rules: Rules) -> tuple[str, ...]:
    """Those of the services *names* that are spoken of outside health and care: what no line names is not."""
    kinds = rules.services.kinds
    return tuple(name for name in names if name in kinds and not kinds[name].health)
