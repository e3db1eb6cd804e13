"""
Planning: which event changes which plan, and what that asks of the alerts.

Both kinds of plan are functions of the person's facts as they are now; an acknowledgement, a death and a transfer have
words of their own.
"""

from dataclasses import replace
from datetime import date

from hub.core import areas, cliff, consent, debounce, release, review, support, transition, upkeep
from hub.core.alerts import NOTICES, adjust, announce, cancel, correct, extend, history, reconcile, supersede
from hub.core.calendar import HOUR
from hub.core.events import Event, Value
from hub.core.life import Life
from hub.core.person import Person, Planned
from hub.core.rest import catch_up, rest, wake
from hub.core.rules import Rules
from hub.core.view import View, view

BIRTHS = frozenset({"person.registered", "person.dob_corrected", "person.erased", "order.started"})
COMING = "TRANSITION/1"  # the name of the one plan of its kind
EPISODIC = ("RELEASE", "HOSP")  # what begins anew with an episode; RELEASED is the release that came


def new_episode(before: Person, person: Person, event: Event | None, rules: Rules) -> Person:
    """
    A return to custody after a release opens a new episode (rule R9), to which no credit is carried over.

    An *event* told of it, or a record that proved to be this person's.
    """
    if event is not None and event.type not in {"person.received", "person.released"}:
        return person
    was, seen = view(before, rules), view(person, rules)
    late = event is not None and event.type == "person.released" and _told_late(was, seen)
    if not (late or _returned(was, seen, rules) or _past_its_day(person, was, seen, rules)):
        return person
    old = f"RELEASE/{person.episode}/"
    raised = {mark: day for mark, day in person.raised.items() if not mark.startswith(old)}
    return person._replace(episode=person.episode + 1, raised=raised)


def _past_its_day(person: Person, before: View, seen: View, rules: Rules) -> bool:
    """Received anew after the day of release was told, though the release itself never was (rule R9)."""
    if seen.last("admission") <= before.last("admission") or release.at_large(before):
        return False
    back = rules.calendar.local_date(seen.last("admission"))
    days = [f"RELEASE/{person.episode}/{stage.name}/" for stage in rules.release if stage.offset == 0]
    return any(day is not None and day < back for mark, day in person.raised.items() if mark.startswith(tuple(days)))


def _returned(before: View, seen: View, rules: Rules) -> bool:
    """Whether whoever was out, by all that was known, is back in since."""
    freed = release.actual_release(before, None, rules, 0)
    back = freed is not None and freed.at < seen.last("admission") and not _mistaken(seen, freed.at)
    return back and release.actual_release(seen, None, rules, 0) is None


def _mistaken(seen: View, out: int) -> bool:
    """Whether a release at *out* was found to be in error before the return from it; later it is of another one."""
    error, last = seen.at("release_in_error"), seen.last("release")
    return out <= error <= seen.last("admission") and not out < last <= error


def _told_late(before: View, seen: View) -> bool:
    """Whether a release is told only after the return from it (rule R5)."""
    error = _mistaken(seen, seen.last("release"))
    return not error and before.last("release") < seen.last("release") < seen.last("admission")


def take(life: Life, before: Person, episode: int, seen: View, event: Event) -> None:
    """Let *event*, whose facts *seen* already holds and *before* does not, take its effect on the alerts."""
    born = view(before, life.rules).born if event.type in BIRTHS else None
    plan(life, episode, seen, "ERASED" if event.type == "person.erased" else "", born)
    out = release.actual_release(seen, None, life.rules, life.now) is not None  # and in no prison any more
    if event.type == "person.received" and not out and _transfer(view(before, life.rules)) != _transfer(seen):
        _contact_changed(life, f"RELEASE/{episode}", episode)


def _transfer(seen: View) -> tuple[int, Value]:
    """When and where to the last transfer was: told once more by somebody else, it is the same one."""
    moves = [fact for _, fact in seen.named("received") if seen.means(fact) == "transfer"]
    last = max(moves, key=lambda fact: (fact.at, fact.id), default=None)
    return (0, None) if last is None else (last.at, last.fields.get("prison"))


def plan(life: Life, episode: int, seen: View, why: str, born: date | None, heard: bool = True) -> None:
    """
    Every kind of plan on the person's facts as they are now; *why* says what moved them, where a rule has a word.

    *born* is the date of birth believed until now: another one leaves a question about what was done meanwhile (K7).
    Nothing was *heard* if time alone has passed.
    """
    life.again = None
    debounce.settle(life)
    if not release.at_large(seen):
        wake(life)
    if why == "WRONG_PERSON":
        review.of_split(life)
    if "died" in seen.facts:
        _close(life)
        return
    consent.stop(life)
    if born is not None and seen.born not in {None, born}:
        why = why or "DOB_CORRECTED"
        review.of_age(life, episode, seen, born)
    if life.plans or life.alerts or seen.custody.told:
        _custody(life, episode, seen, why)
    _transition(life, seen, why)
    cliff.plan(life, seen, why)
    support.plan(life, seen, why, heard)
    upkeep.close(life, seen, heard)


def _transition(life: Life, seen: View, why: str) -> None:
    """The coming of age; a birthday that proves to have passed is caught up with only if it did so lately."""
    held, adult = life.plans.get(COMING), seen.eighteenth
    day = None if held is None else held.basis
    if held is not None and day is not None and adult is not None and max(day, adult) < life.today:
        return _of_age(life, seen, why, held, adult)
    made = _placed(transition.plan(seen, life.today, life.rules, day is not None and why in NOTICES), seen, life.rules)
    if day is None and made is not None and not made.dues:
        return  # nobody has a reason of their own yet, and whoever comes to have one after the birthday is not told
    reconcile(life, COMING, 1, _lately(life, made), why)


def _lately(life: Life, made: release.Plan | None) -> release.Plan | None:
    """Of a birthday that passed long ago nobody is told for the first time."""
    if made is None or (life.today - made.basis).days <= life.rules.limits.late_transition_days:
        return made
    return replace(made, dues=())


def _of_age(life: Life, seen: View, why: str, held: Planned, adult: date) -> None:
    """The day is past and nothing more is told of it, but that it was another day, or another's reason (K7, 2.2)."""
    if why == "DOB_CORRECTED" and adult != held.basis:
        reconcile(life, COMING, 1, release.Plan("TRANSITION", adult, ()), why)
    elif why == "WRONG_PERSON":
        made = _placed(transition.plan(seen, life.today, life.rules, True), seen, life.rules)
        if made is not None and adult == held.basis:
            adjust(life, COMING, 1, _of_those(made, held), why)  # consent that comes now comes too late
        else:
            reconcile(life, COMING, 1, _lately(life, made), why)


def _of_those(made: release.Plan, held: Planned) -> release.Plan:
    """What *made* says of the teams that are in the plan already."""
    return replace(made, dues=tuple(due for due in made.dues if due.team in held.teams))


def _custody(life: Life, episode: int, seen: View, why: str) -> None:
    _withdraw_hospital(life, episode, seen, why)
    if release.at_large(seen):
        _rest(life, episode, seen, why)
    else:
        _release(life, episode, seen, why)
    _hospital(life, episode, seen)
    _court(life, episode, seen)


def _rest(life: Life, episode: int, seen: View, why: str) -> None:
    """At large nothing is planned and nobody told, unless what they were told proves to be another's, or none."""
    name, actual = f"RELEASE/{episode}", f"RELEASED/{episode}"
    told, last = life.plans.get(actual), seen.last("release")
    mine = told is not None and told.basis is not None and told.basis == life.rules.calendar.local_date(last)
    if mine and seen.at("release_in_error") >= last:
        reconcile(life, actual, episode, None, "RELEASE_UNRECONCILED")
    elif why in NOTICES:
        freed = release.actual_release(seen, life.plans.get(name), life.rules, life.now)
        out = None if freed is None else release.unplanned(seen, freed, life.rules)
        _mend(life, actual, episode, _placed(out, seen, life.rules), why)
    if why in NOTICES and not _believed(life, name, last):
        _mend(life, name, episode, _placed(release.plan(seen, life.rules), seen, life.rules), why)
    still(life, episode, seen)


def still(life: Life, episode: int, seen: View) -> None:
    """No clock of a release runs on while somebody is at large."""
    if release.at_large(seen):
        rest(life, f"RELEASE/{episode}")
        rest(life, f"RELEASED/{episode}")


def _believed(life: Life, name: str, out: int) -> bool:
    """Whether the plan called *name* was overtaken by the release at *out*, and those who know of it were told so."""
    held = life.plans.get(name)
    return held is not None and held.basis is None and held.told == life.rules.calendar.local_date(out)


def _mend(life: Life, name: str, episode: int, made: release.Plan | None, why: str) -> None:
    """Take back what was told to whom a plan at rest never concerned, and all of it if its day was another's."""
    held = life.plans.get(name)
    if held is None or (held.basis is None and not held.knows):
        return
    if made is not None and made.basis == held.basis:
        adjust(life, name, episode, _of_those(made, held), why)  # neither consent nor rules that came meanwhile tell
    elif why == "WRONG_PERSON":
        reconcile(life, name, episode, None, why)


def _release(life: Life, episode: int, seen: View, why: str) -> None:
    """The planned release of this episode, or the actual one where the plan does not explain it."""
    name, actual = f"RELEASE/{episode}", f"RELEASED/{episode}"
    for old in [plan for plan in life.plans if plan.startswith(EPISODIC) and not plan.endswith(f"/{episode}")]:
        _forget(life, old)
    held, stop = life.plans.get(name), release.stopped(seen)
    believed = None if _anothers(life, seen, held, why) else held
    freed = None if stop else release.actual_release(seen, believed, life.rules, life.now)
    if freed is None:
        moved = "" if why == "DOB_CORRECTED" else why  # no other birthday ends a release
        told = reconcile(life, actual, episode, None, moved or "RELEASE_UNRECONCILED")
        if actual in life.plans:
            kept = held or Planned(0, None, None)
            heard = told if kept.basis is None else ()  # the release had overtaken the plan: it is all they believed in
            knows = tuple(team for team in kept.knows if team not in heard)
            life.plans[name] = kept._replace(version=max(kept.version, life.plans[actual].version), knows=knows)
        planned = None if stop else _placed(release.plan(seen, life.rules), seen, life.rules)
        review.of_date(life, episode, seen)
        ended = moved or stop or "NO_RELEASE_DATE"
        reconcile(life, name, episode, planned, ended if planned is None else why, told)
        catch_up(life, name, seen)
    elif held is None or held.basis != freed.on or _out(life, actual):
        _freed(life, episode, seen, freed, held, why)


def _out(life: Life, actual: str) -> bool:
    """Whether a release that was not planned has been told, and stands."""
    held = life.plans.get(actual)
    return held is not None and held.basis is not None


def _placed(plan: release.Plan | None, seen: View, rules: Rules) -> release.Plan | None:
    return None if plan is None else areas.placed(plan, seen, rules)


def _freed(life: Life, episode: int, seen: View, freed: release.Released, held: Planned | None, why: str) -> None:
    """Somebody is out, and not on the day planned; one first heard of long after is history and raises nothing."""
    name, actual = f"RELEASE/{episode}", f"RELEASED/{episode}"
    made = areas.placed(release.unplanned(seen, freed, life.rules), seen, life.rules)
    spent = life.plans.get(actual, Planned(0, None, None))
    if freed.unreconciled:
        life.plan_again(freed.at + life.rules.limits.unreconciled_hold_hours * HOUR)
    overtaken = held if held is not None and held.basis is not None and not freed.unreconciled else None
    if held is not None and not freed.unreconciled:
        # Another version than any of the plan's, so that no two alerts are the same one (R6).
        above = spent._replace(version=max(held.version, spent.version))
        if spent.basis is None:
            life.plans[actual] = above
        elif overtaken:  # the hold is over: it was a release, and what follows one is due
            life.plans[actual] = above._replace(version=above.version + 1)
            dues = () if history(life, freed.on) else tuple(due for due in made.dues if due.on is not None)
            extend(life, actual, episode, replace(made, dues=dues))
            concerned = {due.team for due in made.dues}
            for key, alert in life.live(actual).items():
                if alert.state == "PENDING" and alert.due_on is None and alert.team in concerned:  # held until now
                    life.tell(key, alert._replace(due_at=min(alert.due_at, life.now)))
    theirs = _anothers(life, seen, overtaken, why)
    if theirs:
        reconcile(life, name, episode, None, why)
    elif overtaken:
        supersede(life, name)
        for key, alert in life.live(f"CORRECTION:{name}").items():
            life.put(key, alert._replace(state="SUPERSEDED", was="PENDING", reason=debounce.NO_NET_CHANGE))
        life.plans[name] = Planned(overtaken.version, None, None)
    reconcile(life, actual, episode, made, why if why in NOTICES and spent.basis == freed.on else "")
    if overtaken:
        for key, alert in life.live(actual).items():
            if alert.state == "PENDING" and alert.due_at <= life.now:
                life.tell(key, alert)
    if held is not None and not freed.unreconciled and not theirs:
        _told_otherwise(life, name, actual, episode, made.basis, held)


def _anothers(life: Life, seen: View, held: Planned | None, why: str) -> bool:
    """Whether the day that was planned proves to be of whom this person was held for, and not their own."""
    if why != "WRONG_PERSON" or held is None or held.basis is None:
        return False
    return release.dated(seen, life.rules) != held.basis


def _told_otherwise(life: Life, name: str, actual: str, episode: int, day: date, held: Planned) -> None:
    """Who believes that the release is, or was, on another day learns it, unless an alert of their own says so."""
    before, version = held.basis or held.told, life.plans[actual].version
    if before is None or before == day or not held.knows:
        return
    words = "DATE_EARLIER" if day < before else "DATE_LATER"
    others = tuple(sorted({*held.knows} - {*life.plans[actual].knows}))
    for team in others:
        changed = words.replace("DATE", "DUE")
        correct(life, name, "DATE_MOVED", team, episode, version, day, words, changed=changed)
    life.plans[name] = life.plans[name]._replace(told=day, knows=others)


def _withdraw_hospital(life: Life, episode: int, seen: View, why: str) -> None:
    """Take back a transfer to hospital that was another's, or is told anew of whom they are."""
    gone, name = release.in_hospital(seen), f"HOSP/{episode}"
    held = life.plans.get(name)
    if held is None or (why != "WRONG_PERSON" and not (why == "EPISODE_CLOSED" and gone is None)):
        return
    day = None if gone is None else life.rules.calendar.local_date(gone)
    if day is not None and held.told == day:
        life.plans[name] = held._replace(basis=day)  # if anybody was back since, it was another
    else:
        reconcile(life, name, episode, None, why)


def _hospital(life: Life, episode: int, seen: View) -> None:
    """Each transfer to hospital is told to the lead and for aftercare, once; the release itself is cancelled (2.2)."""
    gone, name = release.in_hospital(seen), f"HOSP/{episode}"
    held = life.plans.get(name, Planned(0, None, None))
    if gone is None:
        if held.basis is not None:  # back since: another transfer is told, be it on the same day
            life.plans[name] = held._replace(basis=None)
        return
    day = life.rules.calendar.local_date(gone)
    if held.basis != day and not history(life, day):
        supersede(life, name)
        life.plans[name] = Planned(held.version + 1, day, day, held.knows)
        announce(life, name, episode, release.to_hospital(seen, gone, life.rules))


def _court(life: Life, episode: int, seen: View) -> None:
    """A day at court of which nothing more is told: the prison is asked (section 2.2)."""
    gone, limits = release.unanswered(seen), life.rules.limits
    if gone is None:
        review.settle(life, "COURT_OUTCOME_UNKNOWN")
    elif life.now < gone + limits.court_hours * HOUR:
        life.plan_again(gone + limits.court_hours * HOUR)
    elif (life.today - life.rules.calendar.local_date(gone)).days <= limits.history_days:
        review.ask(life, "COURT_OUTCOME_UNKNOWN", f"{gone}", episode)


def _forget(life: Life, name: str) -> None:
    debounce.take_down(life, name)
    for key in life.live(name) | life.live(f"CORRECTION:{name}"):
        upkeep.end(life, key, "EPISODE_CLOSED")
    life.plans.pop(name)


def _contact_changed(life: Life, name: str, episode: int) -> None:
    """The leads who know of the plan learn that another prison is now the contact (section 2.2)."""
    held = life.plans.get(name)
    if held is None or not held.knows:
        return
    made = held._replace(version=held.version + 1)  # or two at one instant would be one alert (R6)
    life.plans[name] = made
    for team in ("PROB", "YJS"):
        if team in held.knows:
            correct(life, name, "CONTACT_CHANGED", team, episode, made.version, made.basis)


def _close(life: Life) -> None:
    """A death: everything ends, and one notice a team says not to contact, without a cause (section 2.2)."""
    for key, alert in list(life.alerts.items()):
        if alert.kind == "REVIEW" and alert.stage != "IDENTITY_SPLIT":  # a breach is one whoever has died
            upkeep.end(life, key, "EPISODE_CLOSED")
    told: frozenset[str] = frozenset()
    for name in sorted(life.plans, key=lambda name: bool(life.plans[name].copied)):  # a team's own row, or else a copy
        told = cancel(life, name, int(name.split("/")[1]), "EPISODE_CLOSED", "CLOSE_DO_NOT_CONTACT", told)
    for key, alert in list(life.alerts.items()):
        if alert.stage != "IDENTITY_SPLIT":  # what may be a breach is still to be assessed
            upkeep.end(life, key, "EPISODE_CLOSED")
