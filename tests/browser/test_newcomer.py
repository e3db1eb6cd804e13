"""
What the README promises a newcomer, by its own words: told, seen at once, answered, and on record for the lead.

The commands are the README's; what is clicked is what it says in bold.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub import topics
from hub.edges.reader import EmbeddedReader

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "README.md").read_text().partition("## In the browser")[2].partition("\n## ")[0]
COMMANDS = SECTION.split("```")[1].replace(".venv/bin/hub", f"{sys.executable} -m hub")
BOLD = re.findall(r"\*\*(.+?)\*\*", SECTION)


def publish(home, folder):
    """Type what the README says, in another terminal."""
    told = os.environ | {"HUB_HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", "-ec", COMMANDS], cwd=folder, env=told, check=True, stdin=subprocess.DEVNULL, timeout=60)


def newest(home):
    """When the newest event entered the log, in seconds since 1970."""
    return max(one.timestamp for one in EmbeddedReader(home / "hub.db").scan(topics.intake("HMPPS_PRISON"))) / 1000


@pytest.fixture(scope="module")
def told(signed_in, home, tmp_path_factory):
    """An open inbox, and the seconds after which it knew of the event that the README has the prison publish."""
    page = signed_in("prob.officer")
    publish(home, tmp_path_factory.mktemp("elsewhere"))
    page.get_by_role("link", name="1 new alert – show").wait_for(timeout=20_000)
    return page, time.time() - newest(home)


def test_an_open_inbox_says_so_within_two_seconds_of_the_event(told):
    _, seconds = told

    print(f"shown {seconds:.2f} s after its event")
    assert "1 new alert – show" in BOLD
    assert seconds < 10  # promised are two; a machine that does other work may be slower


def test_nothing_moved_until_its_reader_asked(told):
    page, _ = told

    assert page.locator("main h1").text_content() == "My alerts"
    assert page.title().startswith("(1) ")


def test_my_team_answers_it_and_the_lead_sees_both(told, signed_in):
    page, _ = told
    page.get_by_role("link", name="1 new alert – show").click()
    page.get_by_role("link", name="Confirm licence conditions").first.click()
    page.get_by_label("We take it on").check()
    page.get_by_label("You answer as").select_option(index=1)
    page.get_by_role("button", name="Send the answer").click()
    until(page, lambda: page.get_by_text("Answered: We take it on", exact=True).count())  # "(not counted: ..." is gone
    alert = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")

    lead = signed_in("ig.lead")
    lead.get_by_role("link", name="Decisions", exact=True).click()
    listed = lead.url
    (mine,) = until(lead, lambda: [text for text in newest_decisions(lead, listed) if alert in text])

    assert "Probation" in mine
    assert "DSA-001.5" in mine
    assert re.search("acknowledged by the team", mine, re.IGNORECASE)
    lead.get_by_role("link", name="Audit", exact=True).click()
    lead.get_by_role("link", name="Who looked at what").click()
    assert "Probation" in lead.locator("main").inner_text()
    assert {"We take it on", "Confirm licence conditions", "Decisions", "Who looked at what"} <= set(BOLD)


def until(page, found):
    """What is found, loading the page again while it is nothing: the hub beside it takes the answer in."""
    for _ in range(40):
        if told := found():
            return told
        time.sleep(0.5)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def newest_decisions(page, listed):
    """The text of each of the newest decisions on the list at this address."""
    page.goto(listed)
    links = [one.get_attribute("href") for one in page.locator("main a[href*='/decisions/d-']").all()]
    return [visit(page, path) for path in dict.fromkeys(links)]


def visit(page, path):
    page.goto(f"{page.url.split('/decisions')[0]}{path}")
    return page.locator("main").inner_text()
