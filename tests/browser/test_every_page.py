"""
Every page of every role, as its reader has it: found by following links from their first page, in a real browser.

No page is named here: the console's own table says which there are, and one that no link leads to fails. HUB_SHOTS
names a folder for pictures of them.
"""

import re
from collections import defaultdict
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error
from starlette.routing import compile_path

from hub.console.app import PAGES
from hub.console.who import Role

LOGINS = {Role.LEAD: "ig.lead", Role.TEAM: "prob.officer", Role.OPERATOR: "operator", Role.PARTNER: "school.systems"}
FILES = (".csv", ".json", ".ics", ".svg", ".txt", ".note", ".yaml", ".zip")
MOST = 2  # pages of one kind that are walked: the second one for what the first does not have
pytestmark = pytest.mark.timeout(600)  # a whole walk is one test
TABS = 60  # controls that are reached one after another: long lists go on alike
AXE = Axe().axe_script
WIDTHS = {"narrow": 320, "wide": 1280}


def patterns(role):
    """The name of each page of *role* that can be asked for by an address, with the pattern of it."""
    mine = [one for one in PAGES if role in one.roles and "GET" in one.methods]
    return {one.name: compile_path(one.path)[0] for one in mine}


def kind(path, found):
    return next((name for name, pattern in found.items() if pattern.fullmatch(path)), None)


class Walk:
    """One reader's way through all their pages; a page that others have too is looked at once for all of *looked*."""

    def __init__(self, page, address, role, shots, looked):
        self.address, self.role, self.shots, self.looked = address, role, shots, looked
        self.faults, self.seen, self.files = [], defaultdict(list), {}
        self.take(page)

    def take(self, page):
        self.page = page
        page.on("console", self.said)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def said(self, said):
        """What the browser complains of; that a page had it forget what it holds is none."""
        if said.type != "log" and not said.text.startswith("Clear-Site-Data header on"):
            self.faults.append(f"console: {said.text}")

    def all(self):
        found = patterns(self.role)
        waiting, asked = ["/"], set()
        while waiting:
            path = waiting.pop(0)
            if path in asked or self.enough(urlsplit(path).path, found):
                continue
            asked.add(path)
            try:
                answer = self.page.goto(urljoin(self.address, path))
            except Error:  # a file to take away, or a page elsewhere, where there is no network
                self.away(path, found)
                self.take(self.page.context.new_page())  # in the old one the browser's own page is still to come
                continue
            here = urlsplit(self.page.url)
            name = kind(here.path, found)
            if name is None or len(self.seen[name]) >= MOST or here.path in self.seen[name]:
                continue
            self.seen[name].append(here.path)
            if answer.status != 200:
                self.faults.append(f"{here.path}: {answer.status}")
                continue
            waiting += self.links(found)
            if (shown := f"{name}-{len(self.seen[name])}") not in self.looked:
                self.looked.add(shown)
                self.look(f"{self.role.value.lower()}-{shown}", drawn=len(self.seen[name]) == 1)
        return self

    def away(self, path, found):
        typed = {"sec-fetch-site": "none"}  # by hand, as a browser says, so that it signs nobody out
        answer = self.page.request.get(urljoin(self.address, path), max_redirects=0, headers=typed)
        taken = "attachment" in answer.headers.get("content-disposition", "")
        left = answer.status == 303 and not answer.headers["location"].startswith(("/", self.address))
        assert taken or left, (path, answer.status)
        self.files[kind(path, found)] = 200

    def links(self, found):
        """Where its links lead, kinds not seen yet first; exports are fetched and not walked."""
        told = self.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        ours = [urlsplit(one) for one in told if one.startswith(self.address)]
        for one in ours:
            name = kind(one.path, found)
            if one.path.endswith(FILES) and name and name not in self.files:
                self.files[name] = self.page.request.get(one.geturl()).status
        pages = [one for one in ours if not one.path.endswith(FILES) and kind(one.path, found)]
        return [one.path + (f"?{one.query}" if one.query else "") for one in pages if not self.enough(one.path, found)]

    def enough(self, path, found):
        return len(self.seen[kind(path, found)]) >= MOST

    def look(self, name, drawn=True):
        """At both widths and on paper: nothing wrong, nothing cut off, and of one of its kind perhaps a picture."""
        self.page.evaluate(AXE)
        if self.page.locator("h1").count() != 1:
            self.faults.append(f"{name}: {self.page.locator('h1').count()} headings of the first order")
        for label, width in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.check(f"{name}-{label}", drawn)
            if self.page.evaluate("document.documentElement.scrollWidth") > width:
                self.faults.append(f"{name}: wider than {width} px")
        self.page.emulate_media(media="print")
        self.check(f"{name}-paper", drawn)
        self.page.emulate_media(media="screen")

    def check(self, name, drawn):
        if drawn and self.shots:
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        for one in self.page.evaluate("axe.run({resultTypes: ['violations']}).then(told => told.violations)"):
            where = one["nodes"][0]["html"][:160]
            self.faults.append(f"{name}: {one['id']}: {one['help']}: {where}")


def agree_to_a_report(signed_in, address):
    """One lead asks for a report on a person, and the other agrees: until then there is no such page."""
    deputy, lead = signed_in("ig.deputy"), signed_in(LOGINS[Role.LEAD])
    deputy.goto(urljoin(address, "/decisions"))
    deputy.locator("main td a").first.click()
    deputy.get_by_role("button", name="Ask for a report on them").click()
    deputy.get_by_label("An auditor or the Information Commissioner asked").check()
    deputy.get_by_role("button", name="Ask a second person").click()
    lead.goto(urljoin(address, "/requests"))
    lead.get_by_role("button", name="Agree, and open it").click()


@pytest.fixture(scope="module")
def walks(signed_in, address, shots):
    done, looked = {}, set()

    def walk(role):
        if role not in done:
            if role is Role.LEAD:
                agree_to_a_report(signed_in, address)
            done[role] = Walk(signed_in(LOGINS[role]), address, role, shots, looked)
            done[role].all()
        return done[role]

    return walk


ROLES = [role for role in Role if patterns(role)]
each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)


@each_role
def test_every_page_is_without_fault_narrow_wide_and_on_paper(walks, role):
    assert not (faults := walks(role).faults), "\n".join(faults)


@each_role
def test_every_page_is_reached_by_links_alone(walks, role):
    walk = walks(role)

    assert patterns(role).keys() - {name for name, paths in walk.seen.items() if paths} - walk.files.keys() == set()
    assert set(walk.files.values()) <= {200}


@each_role
def test_every_page_is_worked_by_keyboard_alone(walks, role):
    walk = walks(role)
    walk.page.set_viewport_size({"width": 1280, "height": 900})
    faults = [fault for paths in walk.seen.values() for path in paths[:1] for fault in by_keyboard(walk, path)]

    assert not faults, "\n".join(faults)


CONTROLS = """
[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(one =>
  one.type !== 'hidden' && !one.disabled && one.checkVisibility({visibilityProperty: true}) &&
  !(one.type === 'radio' && !one.checked && document.querySelector(`input[name="${one.name}"]`) !== one))
"""
FOCUSED = f"""
(() => {{
  const one = document.activeElement, look = getComputedStyle(one);
  const seen = look.outlineStyle !== 'none' && !/^rgba.*, 0\\)$/.test(look.outlineColor) ||
    look.boxShadow !== 'none' || look.backgroundColor === 'rgb(255, 221, 0)';
  return [({CONTROLS}).indexOf(one), seen, one.outerHTML.slice(0, 120)];
}})()
"""


def by_keyboard(walk, path):
    """Tab reaches every control once, in its order, and shows where it is; the first leads past the navigation."""
    page = walk.page
    page.goto(urljoin(walk.address, path))
    assert urlsplit(page.url).path == path
    count = min(TABS, page.evaluate(f"{CONTROLS}.length"))
    reached, shown = [], {}
    while len(set(reached)) < count and len(reached) < 4 * count:  # a date has three stops
        page.keyboard.press("Tab")
        number, seen, html = page.evaluate(FOCUSED)
        reached.append(number)
        shown[html] = seen or shown.get(html, False)
    yield from (f"{path}: focus not seen on {html}" for html, seen in shown.items() if not seen)
    if reached != sorted(reached) or set(reached) != set(range(count)):
        yield f"{path}: {count} controls, reached in the order {reached}"
    page.goto(urljoin(walk.address, path))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    if not page.evaluate("location.hash === '#main-content'"):
        yield f"{path}: the first stop is no way to the content"


@each_role
def test_every_page_is_there_without_script(walks, signed_in, role):
    page = signed_in(LOGINS[role], java_script_enabled=False)
    for path in (one for paths in walks(role).seen.values() for one in paths[:1]):
        answer = page.goto(urljoin(walks(role).address, path))
        assert (answer.status, urlsplit(page.url).path) == (200, path)
        assert page.locator("h1").is_visible()


def test_the_ways_in_and_out_are_without_fault(browser, address, shots):
    page = browser.new_context().new_page()
    walk = Walk(page, address, Role.LEAD, shots, set())
    for name, path in {"sign-in": "/sign-in", "signed-out": "/signed-out", "nowhere": "/nowhere"}.items():
        page.goto(urljoin(address, path))
        walk.faults = [one for one in walk.faults if "404" not in one]  # the browser says so of /nowhere itself
        walk.look(f"nobody-{name}")
    page.goto(urljoin(address, "/sign-in/there"))
    walk.look("nobody-provider")
    assert walk.faults == []
    page.context.close()


def test_signing_out_ends_it_and_back_shows_nothing_kept(signed_in, address):
    page = signed_in("ig.lead")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    page.go_back()
    page.goto(urljoin(address, "/"))

    assert re.search(r"/sign-in", page.url)
