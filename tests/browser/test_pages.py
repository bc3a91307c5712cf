"""The pages at a real browser, wide and narrow, light and dark: nothing obeyed, nothing loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import FORMULA, IMAGE, SCRIPT, SmallProvider, pages
from pypdf import PdfReader
from selenium import webdriver
from sight import SCHEMES, WIDTHS, asked_for, barriers, glued, picture, printed, sized
from surfer import chromium

PAGES = (
    *("/", "/search?q=example", "/accounts/legacy/17", "/accounts/legacy/18", "/runs"),
    *("/people/jane@dev.example", "/plan", "/plan/changes", "/decisions", "/readiness"),
)
SHOTS = Path(__file__).parents[2] / "build" / "pages"  # to be looked at
# What a page can be seen by: text that runs out of it, links and fields without a name, things that
# have no label.
_FAULTS = """
    const name = e => (e.innerText || e.getAttribute('aria-label') || '').trim();
    const labelled = e => e.labels && e.labels.length;
    return [
        document.documentElement.scrollWidth > innerWidth && 'wider than the window',
        [...document.querySelectorAll('a, button')].some(e => !name(e)) && 'a link without a name',
        [...document.querySelectorAll('input, select')].some(e => !labelled(e)) && 'no label',
        document.querySelectorAll('h1').length !== 1 && 'not one heading',
        !document.documentElement.lang && 'no language',
        new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size
            !== document.querySelectorAll('[id]').length && 'an id twice',
        [...document.querySelectorAll('table')].some(t => !t.tHead) && 'a table without a head',
    ].filter(Boolean)
"""
_TEXT = "return document.querySelector('main').innerText"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Give a browser that runs script, for what a page must not make it do."""
    with chromium(tmp_path_factory.mktemp("pages-chromium"), runs_script=True) as started:
        started.execute_cdp_cmd("Network.enable", {})
        yield started


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    provider = SmallProvider(tmp_path_factory.mktemp("pages"))
    provider.sync()
    provider.later(hours=1)
    with pages(provider.desk()) as served:
        yield served


def show(browser: webdriver.Chrome, url: str, width: int, scheme: str) -> None:
    sized(browser, width, scheme)
    browser.get(url)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_whole_quiet_and_alone(browser, url, width, scheme):
    grounds = set()
    for number, path in enumerate(PAGES):
        browser.get_log("browser")
        asked_for(browser)
        show(browser, url + path, width, scheme)
        assert browser.execute_script(_FAULTS) == [], path
        assert barriers(browser) == [], path
        assert browser.get_log("browser") == [], path
        assert {each for each in asked_for(browser) if not each.startswith(f"{url}/")} == set()
        assert "obeyed" not in browser.title.partition(" · ")[0] or "<script>" in browser.title
        ground = "return getComputedStyle(document.querySelector('main')).backgroundColor"
        grounds.add(browser.execute_script(ground))
        picture(browser, SHOTS / f"{number:02}-{width}-{scheme}.png")
        assert glued(browser) == [], path
        assert barriers(browser) == [], path
    assert grounds == {"rgb(255, 255, 255)" if scheme == "light" else "rgb(23, 30, 38)"}


def test_an_account_is_whole_on_paper(browser, url):
    show(browser, f"{url}/accounts/legacy/17", 1280, "light")
    printed(browser, SHOTS / "account.pdf")

    said = " ".join(sheet.extract_text() for sheet in PdfReader(SHOTS / "account.pdf").pages)
    for words in ("Wexford", "Who can log in", "Who gets which mail", "Who may ask support"):
        assert words in said


def test_hostile_names_stay_text(browser, url):
    show(browser, f"{url}/accounts/legacy/17", 1280, "light")

    said = browser.execute_script(_TEXT)
    for name in (SCRIPT, FORMULA, IMAGE):
        assert name in said
    assert (
        browser.execute_script("return document.querySelectorAll('main script, img').length") == 0
    )
    assert browser.title == f"Wexford {SCRIPT} · shop"


def test_the_policy_keeps_script_and_style_of_others_out(browser, url):
    """Should a value ever get through unescaped, the policy is what is left."""
    show(browser, f"{url}/", 1280, "light")
    inject = """
        const script = document.createElement('script');
        script.textContent = "document.title = 'obeyed'";
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<p id="p" style="position:fixed">x</p>');
        return [document.title, getComputedStyle(document.getElementById('p')).position]
    """
    title, position = browser.execute_script(inject)

    assert title == "Overview · shop"
    assert position == "static"
    browser.get_log("browser")


def test_the_search_leads_from_a_name_to_the_account(browser, url):
    show(browser, f"{url}/", 390, "light")

    field = browser.find_element("id", "q")
    field.send_keys("bérénice")
    field.submit()

    assert browser.current_url == f"{url}/people/books@wexford.example"
    browser.find_element("partial link text", "Wexford").click()
    assert browser.current_url == f"{url}/accounts/legacy/17"
    assert "Who can log in" in browser.execute_script(_TEXT)
