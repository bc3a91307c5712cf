"""report.html at a real browser: wide and narrow, light and dark, on paper, and without script."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from desk import FORMULA, SCRIPT, SmallProvider
from people import sub
from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from sight import SCHEMES, WIDTHS, asked_for, barriers, glued, picture, printed, sized
from surfer import chromium

from syncd.model.policy import Waves

SHOTS = Path(__file__).parents[2] / "build" / "report"  # to be looked at
_SHOWN = """return [...document.querySelectorAll(arguments[0])]
    .filter(item => item.checkVisibility()).map(item => item.textContent.trim())"""
PEOPLE = "#access tbody[id] summary bdi"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("report-chromium"), runs_script=True) as started:
        started.execute_cdp_cmd("Network.enable", {})
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a plan with hostile names, questions, later waves, and a plan before."""
    provider = SmallProvider(tmp_path_factory.mktemp("report"))
    job = provider.job()
    rules = msgspec.structs.replace(
        job.report, provider=f"Kestrel {SCRIPT}", kept=provider.folder / "last"
    )
    guard = msgspec.structs.replace(job.settings.guard, waves=Waves(per_run=1))
    settings = msgspec.structs.replace(job.settings, guard=guard)
    clients, contacts = provider.rows
    many = [sub(100 + n, 19, f"p{n:02}@crowd.example", "tickets") for n in range(60)]
    provider.rows = clients, [*contacts, *many]
    provider.plan(report=rules)
    provider.rows = clients, [*contacts[:3], *contacts[4:], *many]  # Jane is left on one account
    provider.later(days=1)
    return provider.plan(report=rules, settings=settings).folder


@pytest.fixture(scope="module")
def url(folder: Path) -> str:
    return (folder / "report.html").as_uri()


@pytest.fixture
def page(browser: webdriver.Chrome, url: str) -> webdriver.Chrome:
    sized(browser, 1280, "light")
    browser.get(url)
    return browser


def shown(browser: webdriver.Chrome, css: str) -> list[str]:
    return list(browser.execute_script(_SHOWN, css))


def tools(browser: webdriver.Chrome, caption: str):
    """Give the search, filters and buttons of the table of that caption."""
    return browser.find_element(
        By.XPATH, f'//div[@role="search"][contains(@aria-label, "{caption}")]'
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_is_whole_quiet_alone_and_open_to_all(browser, url, width, scheme):
    browser.get("about:blank")
    browser.get_log("browser")
    asked_for(browser)
    sized(browser, width, scheme)
    browser.get(url)
    for each in browser.find_elements(By.XPATH, '//button[text()="Unfold all"]'):
        each.click()
    picture(browser, SHOTS / f"{width}-{scheme}.png")

    assert browser.get_log("browser") == []
    assert asked_for(browser) == {url}
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert glued(browser) == []
    assert barriers(browser) == []


def test_each_printed_page_names_provider_target_and_plan(page, folder):
    plan = (folder / "plan.json").read_bytes().partition(b'"plan": "')[2][:12].decode()
    printed(page, SHOTS / "report.pdf")

    reader = PdfReader(SHOTS / "report.pdf")
    assert len(reader.pages) > 3
    for sheet in reader.pages:
        text = " ".join(sheet.extract_text().split())
        assert f"target shop · plan {plan}" in text
        assert "Kestrel <script>" in text
        assert "Unfold all" not in text


def test_hostile_names_stay_text(page):
    said = page.execute_script("return document.querySelector('main').textContent")
    assert SCRIPT in said
    assert FORMULA in said
    assert page.execute_script("return document.querySelectorAll('main script, img').length") == 0
    assert "obeyed" not in page.title.replace(SCRIPT, "")


def test_the_policy_keeps_all_other_script_out(page):
    """Should a value ever get through unescaped, the policy is what is left."""
    page.execute_script("""
        const script = document.createElement('script');
        script.textContent = "document.title = 'obeyed'";
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title=1">');
    """)
    assert page.title.startswith("Ready with decisions")
    page.get_log("browser")


def test_finds_a_person_among_many(page):
    bar = tools(page, "Permissions before and after")
    output = bar.find_element(By.TAG_NAME, "output")
    assert output.text == "63 people"
    assert len(shown(page, PEOPLE)) == 25
    search = bar.find_element(By.TAG_NAME, "input")
    search.send_keys("P42 CROWD")
    assert shown(page, PEOPLE) == ["p42@crowd.example"]
    assert output.text == "1 of 63 people"
    search.clear()
    search.send_keys("nobody at all")
    assert shown(page, PEOPLE) == []
    search.clear()
    search.send_keys(" ")
    bar.find_element(By.XPATH, './/button[text()="Show all 63"]').click()
    assert len(shown(page, PEOPLE)) == 63


def test_filters_and_sorts_people(page):
    bar = tools(page, "Permissions before and after")
    becomes = Select(bar.find_element(By.TAG_NAME, "select"))
    becomes.select_by_visible_text("owns the account")
    assert shown(page, PEOPLE) == ["kim@quux.example"]
    assert bar.find_element(By.TAG_NAME, "output").text == "1 of 63 people"
    becomes.select_by_visible_text("any")

    login = page.find_element(By.CSS_SELECTOR, ".matrix thead .sort")
    login.click()
    assert shown(page, PEOPLE)[:2] == ["jane@dev.example", "kim@quux.example"]
    login.click()
    assert shown(page, PEOPLE)[:2] == ["p59@crowd.example", "p58@crowd.example"]
    head = page.find_element(By.CSS_SELECTOR, ".matrix thead th")
    assert head.get_attribute("aria-sort") == "descending"


def test_what_differs_from_the_plan_before_is_listed(page):
    rows = [
        [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
        for row in page.find_elements(By.CSS_SELECTOR, "#since tbody tr")
    ]
    assert [row[1:] for row in rows] == [  # what Jane has on 17 waited for a question on 18
        ["waits", "keeps the same rights", "invoices, tickets", "none"],
        ["waits", "not there", "none", "none"],
    ]


def test_a_rule_that_is_named_leads_to_its_explanation(page):
    link = page.find_element(By.CSS_SELECTOR, "#access td.why a")
    target = link.get_attribute("href").partition("#")[2]
    assert not page.find_element(By.ID, target).is_displayed()
    link.click()
    assert page.find_element(By.ID, target).is_displayed()


def test_without_script_all_is_there_and_unfolds(driver, url, folder):
    sized(driver, 1280, "light")
    driver.get(url)
    assert driver.find_elements(By.CSS_SELECTOR, ".tools, .sort") == []
    assert len(shown(driver, PEOPLE)) == 63
    details = driver.find_element(By.CSS_SELECTOR, "#access tbody[id] details")
    explanation = details.find_element(By.TAG_NAME, "p")
    assert not explanation.is_displayed()
    details.find_element(By.TAG_NAME, "summary").click()
    assert explanation.is_displayed()
    assert "has the flags" in explanation.text
