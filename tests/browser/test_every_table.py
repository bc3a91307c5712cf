"""Every table of the report can be searched, sorted and filtered, and its rows unfold.

Each table there is stands in one of the pages here: a new one must be filled in `full_report`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from full_report import a_full_report
from papers import KEPT
from selenium import webdriver
from selenium.webdriver.common.by import By
from sight import WIDTHS, barriers, glued, picture, sized
from surfer import chromium

from syncd.report import html
from syncd.report.stored import report_in

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "syncd" / "report" / "templates"
SHOTS = ROOT / "build" / "report"  # to be looked at
WALK = Path(__file__).with_name("walk.js").read_text(encoding="utf-8")
FULL = "full"
_FIRST = """for (const table of document.querySelectorAll('table'))
    for (const details of [table.querySelector('details')]) if (details) details.open = true"""
PAGES = ("demo", "S2-12-accountant-and-manager", "S4-18-ten-accounts", "T-07-two-names", FULL)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("tables-chromium"), runs_script=True) as started:
        yield started


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the pages of the demo, of three cases, and of a report in which each table has rows."""
    folder = tmp_path_factory.mktemp("tables")
    places = {}
    for name in PAGES:
        report = a_full_report() if name == FULL else report_in(KEPT / name)
        path = folder / f"{name}.html"
        path.write_text(html.render(report), encoding="utf-8")
        places[name] = path.as_uri()
    return places


def walked(browser: webdriver.Chrome, url: str) -> tuple[dict[str, int], list[str]]:
    """Give how many rows each table has, and what cannot be done with it."""
    sized(browser, 1280, "light")
    browser.get(url)
    tables, complaints = browser.execute_script(WALK)
    return {each["caption"]: each["number"] for each in tables}, complaints


@pytest.mark.parametrize("name", PAGES)
def test_every_table_is_searched_sorted_and_filtered_and_its_rows_unfold(browser, urls, name):
    rows, complaints = walked(browser, urls[name])

    assert complaints == []
    assert rows
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_no_table_is_forgotten(browser, urls):
    """A table that no page here shows with many rows would never be tried."""
    rows, _ = walked(browser, urls[FULL])
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html.j2")]
    captions = [each for source in sources for each in re.findall("<caption>(.*?)</cap", source)]
    assert sum(source.count("<table") for source in sources) == len(captions)
    for caption in captions:
        words = re.sub(r"<[^>]*>|\{%.*", "", caption)
        pattern = ".+".join(map(re.escape, re.split(r"\{\{.*?\}\}", words)))
        assert [each for each in rows if re.match(pattern, each)], caption
    few = {caption for caption, number in rows.items() if number <= 5}
    assert few == {
        "Invitations in waves",  # two or three lines, each of which stands for many
        "Logins by what becomes of them",  # a row for each state
        "Who has read this plan and agrees to applying it",
    }


def test_a_number_leads_to_its_rows(browser, urls):
    sized(browser, 1280, "light")
    browser.get(urls["demo"])
    link = browser.find_element(By.CSS_SELECTOR, ".states .waits a")
    number = int(browser.find_element(By.CSS_SELECTOR, ".states .waits .num").text)
    link.click()
    people = (
        "return [...document.querySelectorAll('.matrix tbody')].filter(p => p.checkVisibility())"
    )
    assert len(browser.execute_script(people)) == number
    assert browser.execute_script("return scrollY") > 0

    browser.find_element(By.XPATH, '//a[text()="technical"]').click()
    labels = browser.execute_script(f"{people}.map(p => p.dataset.labels)")
    assert labels
    assert all("technical" in each.split("|") for each in labels)


@pytest.mark.parametrize("width", WIDTHS)
def test_unfolded_it_is_readable_by_all(browser, urls, width):
    sized(browser, width, "light")
    browser.get(urls[FULL])
    for each in browser.find_elements(By.XPATH, '//button[text()="Unfold all"]'):
        each.click()
    picture(browser, SHOTS / f"full-{width}.png")

    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert glued(browser) == []
    browser.refresh()
    browser.execute_script(_FIRST)  # one of each kind says it all, in a fraction of the time
    assert barriers(browser) == []


def test_without_script_every_row_unfolds_and_no_number_misleads(driver, urls):
    driver.get(urls["demo"])
    link = driver.find_element(By.CSS_SELECTOR, ".states .waits a")
    place = link.get_attribute("href").partition("#")[2]
    assert driver.find_element(By.ID, place).find_element(By.TAG_NAME, "table")
    for row in driver.find_elements(By.CSS_SELECTOR, "#worksheet tbody tr")[:2]:
        details = row.find_element(By.TAG_NAME, "details")
        details.find_element(By.TAG_NAME, "summary").click()
        assert details.find_element(By.CSS_SELECTOR, ".story dd").is_displayed()
