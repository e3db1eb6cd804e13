"""`hub policy test`, `coverage`, `mutants` and `questions` as their user meets them."""

import json
import shutil

import pytest

from hub.cli.main import main
from hub.resources import folder

MINE = "questions/dsa-006.yaml"


@pytest.fixture
def mine(tmp_path):
    """The shipped policies, to write in."""
    return shutil.copytree(folder("policies"), tmp_path / "policies")


def edit(mine, name, before, after):
    file = next(mine.glob(name))
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_the_shipped_questions_are_all_answered_as_expected(capsys):
    assert main(["policy", "test"]) == 0
    assert ", 0 answered otherwise" in capsys.readouterr().out


def test_a_rule_that_changed_is_told_by_the_questions_line_with_what_was_expected(mine, capsys):
    edit(mine, "agreements/dsa-006*", "10_to_15, ", "")

    assert main(["policy", "test", str(mine)]) == 1
    out, err = capsys.readouterr()
    line = err.splitlines()[0]
    assert out.startswith("not ok: ")
    assert f"{MINE}:" in line
    assert "withheld CONDITION:age under DSA-006.1, expected told under DSA-006.1" in line
    assert "; hint: mend the rule, or the answer" in line
    number = int(line.split(f"{MINE}:")[1].partition(":")[0])
    assert (mine / MINE).read_text().splitlines()[number - 1].startswith("- asks: 'Rule 1: ")


def test_a_rule_that_reaches_further_is_told_by_its_reach(mine, capsys):
    edit(mine, MINE, "to: [CSC, LCPA", "to: [LCPA")

    assert main(["policy", "test", str(mine), "--json"]) == 1
    (wrong,) = json.loads(capsys.readouterr().out)["wrong"]
    assert wrong["what"].startswith("`DSA-006.1` has a say beyond its reach, of alert.OFFER_OF_SUPPORT from HUB to CSC")


def test_what_nobody_asks_is_told_and_proposed(mine, capsys):
    text = (mine / MINE).read_text()
    (mine / MINE).write_text(text[: text.index("- asks: Rule 1, but age is under")])

    assert main(["policy", "coverage", str(mine)]) == 1
    assert "DSA-006.1: nobody asks about the refusal `CONDITION:age`; hint: hub policy" in capsys.readouterr().err
    edit(mine, "agreements/dsa-006*", "10_to_15, ", "")
    assert main(["policy", "questions", str(mine), "--renew"]) == 0
    assert f"{MINE}: 1 line taken out\n" in capsys.readouterr().out
    assert main(["policy", "test", str(mine)]) == 0
    assert main(["policy", "coverage", str(mine)]) == 0
    assert "- asks: Rule 1, but age is under 10 or 10 to 15 or 25 and over\n" in (mine / MINE).read_text()


def test_slips_that_nobody_notices_are_told_with_the_case_that_shows_them(mine, capsys):
    assert main(["policy", "mutants", "--count", "50"]) == 0
    assert "50 mutants, 50 killed; " in capsys.readouterr().out
    shutil.rmtree(mine / "questions")
    assert main(["policy", "mutants", str(mine), "--count", "50"]) == 1
    assert ": nobody notices that " in (err := capsys.readouterr().err)
    assert "; hint: ask about " in err


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[under_10, 25_and_over]", "[under_10, seventeen]", "unknown word `seventeen`; hint: write one of under_10"),
        ("given: {age", "given: {years", "unknown attribute `years`; hint: write one of age"),
        ("about: alert.OFFER_OF_SUPPORT", "about: alert.OFFERS", "unknown word `alert.OFFERS`; hint: see the agree"),
        ("answer: {told: ", "answer: {withheld: X, told: ", "not one answer; hint: write either `told` or `withheld`"),
    ],
)
def test_a_question_about_what_does_not_exist_is_refused_by_its_line(mine, capsys, before, after, told):
    edit(mine, MINE, before, after)

    assert main(["policy", "test", str(mine)]) == 1
    err = capsys.readouterr().err
    assert f"{MINE}:" in err
    assert told in err
    assert err.count("\n") == 1
