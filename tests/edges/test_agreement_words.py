"""The conditions an agreement may set are the attributes the core knows, word for word."""

from typing import get_args

from hub.core.attributes import OF_TEAM, STANDING
from hub.core.policy import VOCABULARY
from hub.edges.agreement_models import When


def test_every_condition_has_the_words_of_the_core():
    told = {name: get_args(get_args(field.annotation)[0]) for name, field in When.model_fields.items()}

    assert told == VOCABULARY


def test_whatever_is_so_of_a_person_can_be_asked_and_nothing_else():
    assert {*STANDING, *OF_TEAM} == VOCABULARY.keys()
    assert not STANDING.keys() & OF_TEAM.keys()
