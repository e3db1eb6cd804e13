"""
Offers of support: enforcement against a young person comes with a service that is asked to offer help.

Once for each episode of enforcement, one service, without a word on why (block B2). The Engage panel hears of those
whom no statutory service holds, if they agreed to it; else whoever is asked is prompted to ask for that consent.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from hub.core import release
from hub.core.alerts import reconcile
from hub.core.areas import OUT_OF_AREA, away, there
from hub.core.life import Life
from hub.core.person import Alert, Fact, Planned
from hub.core.routing import CIRCUMSTANCES, YES_NO, Circumstances, within
from hub.core.rules import LEAD, Rules
from hub.core.services import supervision_end
from hub.core.view import CHILD, View, age_band, consents, open_service, yes

KIND = "OFFER_OF_SUPPORT"
OFFER, PANEL = "OFFER", "PANEL_REFERRAL"
CASES = ("order:", "service:")
SOCIAL_WORK = ("CIN", "CP", "CLA")
WORDS: Mapping[str, tuple[str, ...]] = {**CIRCUMSTANCES, "supervised_by": (*LEAD, "none"), "social_work": YES_NO}


def plan(life: Life, seen: View, why: str, heard: bool) -> None:
    """
    Let enforcement known so far ask for what it has not asked for yet, and take back what rests on none.

    Somebody else is asked when something is *heard*, never as time passes.
    """
    enforced, offers = seen.named("enforced"), _offers(life)
    if not enforced and not offers:
        return
    days = sorted(_counted(enforced, seen, life.rules))
    for name, held in offers:
        first = _first(name)
        if (life.today - first).days > life.rules.support.quiet_days + life.rules.support.late_days:
            _forget(life, name, held)  # whatever comes now is of another episode
        elif held.basis is not None and not any(_one_episode(first, day, life.rules) for day in days):
            reconcile(life, name, _number(first), None, why)
    for day in days:
        standing = [_first(name) for name, held in _offers(life) if held.basis is not None]
        late = (life.today - day).days > life.rules.support.late_days
        if not late and not any(_one_episode(first, day, life.rules) for first in standing):
            name = f"{KIND}/{_number(day)}"
            held = life.plans.get(name) or Planned(0, None, None)
            life.plans[name] = Planned(held.version + 1, day, day, rules=life.rules.hash)
    for name, held in _offers(life) if heard else ():
        if held.basis is not None and (life.today - held.basis).days <= life.rules.support.late_days:
            _ask(life, name, seen)


def _counted(enforced: Iterable[tuple[str, Fact]], seen: View, rules: Rules) -> Iterable[date]:
    """The days of the enforcement that counts, against somebody young on that day (rule J6)."""
    for name, fact in enforced:
        day = rules.calendar.local_date(fact.at)
        age = seen.age(day)
        if name.partition("/")[0] in rules.support.enforcement and age is not None and age < rules.support.under_age:
            yield day


def _offers(life: Life) -> list[tuple[str, Planned]]:
    return [(name, held) for name, held in life.plans.items() if name.startswith(f"{KIND}/")]


def _first(name: str) -> date:
    """The day on which the episode of enforcement behind an offer began."""
    number = int(name.partition("/")[2])
    return date(number // 10_000, number // 100 % 100, number % 100)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _one_episode(one: date, other: date, rules: Rules) -> bool:
    return abs((one - other).days) <= rules.support.quiet_days


def _forget(life: Life, name: str, held: Planned) -> None:
    """Keep of an offer long past only whom it told by consent: when that is withdrawn they are to hear so (C2)."""
    if held.basis is None and held.knows:
        return
    for key in life.live(name):
        life.alerts.pop(key)
    for mark in [mark for mark in life.raised if mark.startswith(f"{name}/")]:
        del life.raised[mark]
    life.plans.pop(name)
    if told := tuple(team for team in held.knows if team in held.dropped):
        life.plans[name] = Planned(held.version, None, _first(name), told)


def _ask(life: Life, name: str, seen: View) -> None:
    """The panel first, for its answer is what the service is prompted by; then one service, unless one was asked."""
    rules = life.rules.support
    if _heard(life, name, OFFER) and not _open(life, name, seen, rules.panel.team):
        return
    now = situation(seen, life.today, life.now, life.rules)
    prompts: tuple[str, ...] = ()
    if within(rules.panel_ways, now):
        if not _heard(life, name, PANEL):
            _tell(life, name, seen, PANEL, rules.panel.team, rules.panel.rule, rules.panel.action)
        prompts = () if _heard(life, name, PANEL) else (rules.panel.prompt,)
    for team, ways in rules.teams:
        if _heard(life, name, OFFER):
            return
        if within(ways, now):
            _offer(life, name, seen, team, prompts)


def _offer(life: Life, name: str, seen: View, team: str, prompts: tuple[str, ...]) -> None:
    """Ask *team*, or whoever stands for it where the person lives."""
    areas, rules = life.rules.areas, life.rules.support
    if team not in areas.home or not away(seen, life.today, life.rules):
        _tell(life, name, seen, OFFER, team, rules.rule, rules.action, prompts)
    elif (home := there(seen, life.rules)) is not None:
        _tell(life, name, seen, OFFER, home, rules.rule, rules.action, prompts)
    else:
        _tell(life, name, seen, OFFER, areas.duty, rules.rule, areas.action, reason=OUT_OF_AREA)


def _heard(life: Life, name: str, stage: str) -> bool:
    """Whether somebody was told of this stage of the offer, or is to be as soon as the rules allow it."""
    started = f"{name}/{stage}/"
    return any(mark.startswith(started) for mark in (*life.raised, *life.live(name)))


def _open(life: Life, name: str, seen: View, team: str) -> bool:
    """Whether to try *team*: not yet refused, or refused without the consent that there is now (*dropped*: with it)."""
    held = life.plans[name]
    return team not in held.dropped and (team not in held.teams or _agreed(life, seen, team))


def _agreed(life: Life, seen: View, team: str) -> bool:
    return consents(seen, team, age_band(seen.age(life.today)) in CHILD)


def _tell(
    life: Life,
    name: str,
    seen: View,
    stage: str,
    team: str,
    rule: str,
    action: str,
    prompts: tuple[str, ...] = (),
    reason: str | None = None,
) -> None:
    """Tell *team* now, or find out that it may not be told."""
    if not _open(life, name, seen, team):
        return
    held, agreed = life.plans[name], _agreed(life, seen, team)
    version = held.version + (team in held.teams)  # another alert than the one that was refused
    teams, dropped = {*held.teams, team}, {*held.dropped, *((team,) if agreed else ())}
    life.plans[name] = held._replace(version=version, teams=tuple(sorted(teams)), dropped=tuple(sorted(dropped)))
    number = int(name.partition("/")[2])
    row = Alert(KIND, number, stage, team, version, "PENDING", None, life.now, rule, action, None, reason=reason)
    life.tell(f"{name}/{stage}/{team}", row._replace(prompts=prompts))


def situation(seen: View, day: date, now: int, rules: Rules) -> Mapping[str, str | None]:
    """The words that the routes of offers may ask about: the circumstances, and whose case the person is."""
    freed = release.actual_release(seen, None, rules, now)
    licence = freed is not None and freed.licence and not _ended(supervision_end(seen), day)
    told = Circumstances(seen, day, licence, rules)
    told |= {"supervised_by": _supervised(seen, day, rules), "social_work": yes(open_service(seen, SOCIAL_WORK))}
    return told


def _supervised(seen: View, day: date, rules: Rules) -> str:
    """The lead whose agency told of the newest order, intervention or service that is open, or none."""
    teams = {rules.teams[code].agency: code for code in LEAD if code in rules.teams}
    cases = [
        (fact.at, fact.id, team)
        for name, fact in seen.facts.items()
        if name.startswith(CASES) and (team := teams.get(str(fact.fields.get("by")))) is not None
        if fact.fields["state"] in {"OPEN", "CLOSURE_PLANNED"} and not _ended(fact.fields.get("end"), day)
    ]
    if not cases:
        return LEAD[1] if seen.about("yjs_order_past_18") is True else "none"
    return max(cases)[2]


def _ended(end: object, day: date) -> bool:
    return isinstance(end, date) and end < day
