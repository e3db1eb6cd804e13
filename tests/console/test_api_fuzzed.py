"""The API against whatever somebody may send it, made from its own document: schemathesis, always the same cases."""

import shutil
from contextlib import ExitStack
from itertools import count

import hypothesis
import pytest
import schemathesis
from consoles import TOKEN, Visit
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as open_checks

from hub import topics
from hub.console.api.routes import OPERATIONS
from hub.console.limits import Limits
from hub.console.problem import DOCUMENT, TYPE
from hub.console.who import Role
from hub.intake.masked import CAME_FROM
from hub.log import Out
from hub.place import Place

WHO = {"LEAD": None, "TEAM": "PROB", "OPERATOR": None, "PARTNER": "GMP"}
ASKED = [(one, role.value) for one in OPERATIONS for role in Role if role in one.roles]
HELD = (
    schemathesis.checks.not_a_server_error,
    open_checks.status_code_conformance,
    open_checks.content_type_conformance,
    open_checks.response_schema_conformance,
)
CASES = hypothesis.settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[hypothesis.Phase.generate],
)


@pytest.fixture(scope="module")
def asker(played, tmp_path_factory):
    """A program of each role, which may ask as often as it likes; what it writes goes nowhere."""
    leap = count(0, 60)
    home = shutil.copytree(played, tmp_path_factory.mktemp("fuzzed") / "home")
    log = Place(home).log(Place(home).open())
    log.append([Out(topics.quarantine("GMP"), 0, b"k", b"not a record", ((CAME_FROM, b"intake.gmp.v1/0/0"),))])
    log.close()
    with ExitStack() as stack:
        limits = {"limits": Limits(lambda: float(next(leap)))}
        made = {role: Visit(home, stack, role, of, writes=False, **limits) for role, of in WHO.items()}
        yield made.__getitem__


@pytest.fixture(scope="module")
def real(asker):
    """What is there, so that not every question ends at something that is not."""
    decision = asker("LEAD").api("/decisions", because="AUDIT", limit=1).json()["items"][0]["decision"]
    alert = asker("TEAM").api("/alerts", limit=1).json()["items"][0]["id"]
    return {
        "decisions": ("query", {"because": "AUDIT"}),
        "decision": ("path_parameters", {"id": decision}),
        "alert": ("path_parameters", {"id": alert}),
        "alert_answer": ("path_parameters", {"id": alert}),
        "refused": ("path_parameters", {"owner": "gmp", "partition": "0", "offset": "0"}),
    }


@pytest.mark.parametrize(("one", "role"), ASKED, ids=lambda told: getattr(told, "name", told))
def test_whatever_is_sent_the_answer_is_one_that_the_document_has(one, role, asker, real):
    schema = schemathesis.openapi.from_asgi(DOCUMENT, asker(role).app)
    operation = schema.find_operation_by_id(one.name)
    where, known = real.get(one.name, ("query", {}))
    seen = set()

    @CASES
    @given_case(operation, known)
    def held(case, there):
        if there:  # what was wrong with the case may be put right by this
            setattr(case, where, {**(getattr(case, where) or {}), **{name: known[name] for name in there}})
        answer = case.call(headers=TOKEN)
        case.validate_response(answer, checks=HELD if there else (*HELD, open_checks.negative_data_rejection))
        seen.add(answer.status_code)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == [TYPE]

    held()
    assert seen & {200, 409}  # or nothing behind the door was tried


def given_case(operation, known):
    """A case as the document has it, or not; with some of what is *known* to be there."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))
    some = st.sets(st.sampled_from(sorted(known))) if known else st.just(set())
    return hypothesis.given(cases, st.just({*known}) | some)
