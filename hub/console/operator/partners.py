"""Partners: how far each has come with joining, and the test of its connection."""

from starlette.responses import Response

from hub import words
from hub.console.operator import whose
from hub.console.operator.sources import Source, found_sources
from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.intake import onboarding
from hub.intake.doctor import Finding, examined
from hub.projection.sources import told_of


@page("/partners", *whose.SEEN, nav="Joining")
def partners(ask: Ask) -> Response:
    """Every partner with the first step that is not done."""
    rows = [(one.agency, steps, next((step for step in steps if not step.done), None)) for one, steps in _steps(ask)]
    if not rows:
        raise missing()
    rows.sort(key=lambda row: (row[2] is None, words.agency(row[0])))
    return ask.render("operator/partners.html", rows=rows)


@page("/partners/{agency}", *whose.SEEN, methods=("GET", "POST"))
def partner(ask: Ask) -> Response:
    """One partner's task list; its connection is tested from here when that is asked."""
    agency = whose.one(ask, ask.path["agency"])
    ((_, steps),) = _steps(ask, agency)
    findings: list[Finding] = []
    if ask.request.method == "POST" and ask.user.role is Role.OPERATOR:
        findings = list(examined(ask.desk.place, agency, ask.desk.wire, ask.desk.rules()))
    return ask.render(
        "operator/partner.html",
        agency=agency,
        steps=steps,
        done=sum(step.done for step in steps),
        findings=findings,
        at=ask.desk.now(),
        tests=ask.user.role is Role.OPERATOR,
        kafka=ask.desk.place.on_kafka,
    )


def _steps(ask: Ask, agency: str | None = None) -> list[tuple[Source, tuple[onboarding.Step, ...]]]:
    place, rules, home = ask.desk.place, ask.desk.rules(), ask.desk.place.open()
    reader, made = place.reader(), []
    with ask.read() as sql:
        told = told_of(sql)
    for one in found_sources(ask):
        if agency in (None, one.agency):
            facts = onboarding.Facts(
                rules,
                one.agency in home.agencies,
                one.newest is not None or onboarding.connected(reader, one.agency),
                onboarding.has_key(home, one.agency),
                max(0, one.count - one.refused),
                one.refused,
                one.stands,
                told.get(one.agency, 0),
            )
            made.append((one, onboarding.steps(one.agency, facts)))
    return made


PAGES = (partners, partner)
