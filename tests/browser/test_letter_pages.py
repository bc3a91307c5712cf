"""The previews of letters at a real browser, wide and narrow: whole, quiet, and nothing obeyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lettered import LANGUAGES, SENDER
from selenium import webdriver
from surfer import chromium

from syncd.model.lettering import Correspondent, Place, PlaceStanding, person
from syncd.report.letter_templates import Templates, trial_people

WIDTHS = (390, 1280)
HOSTILE = Place("legacy/1", "<script>document.title = 'run'</script>", "login",
                PlaceStanding.INVITED, "<img src=https://evil.example/x.png>", "Doe",
                permissions=("invoices",))  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Give a browser that runs no script and says what it logged."""
    with chromium(tmp_path_factory.mktemp("reader")) as driver:
        yield driver


def opened(driver: webdriver.Chrome, page: str, folder: Path, width: int) -> None:
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    driver.get(path.as_uri())


def pages(whose: Correspondent) -> Iterator[tuple[str, str]]:
    templates = Templates(None, LANGUAGES, SENDER, None)
    for language in LANGUAGES:
        yield language, templates.page(templates.letter(whose, language), language)
        yield language, templates.page(templates.announcement(language, "mixed"), language)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_letter_fits_its_window_in_both_languages(
    reader: webdriver.Chrome, width: int, tmp_path: Path
) -> None:
    codes = {"english": "en", "german": "de"}
    for language, page in pages(next(trial_people())):
        opened(reader, page, tmp_path, width)

        assert reader.execute_script("return document.documentElement.scrollWidth") <= width
        assert reader.execute_script("return document.documentElement.lang") == codes[language]
        assert len(reader.find_elements("css selector", "h1")) == 1
        links = reader.execute_script("return [...document.links].map(link => link.href)")
        assert "mailto:support@kestrel.example" in links
        assert set(links) <= {
            *(f"mailto:{box}" for box in (SENDER.mailbox, SENDER.billing)),
            SENDER.client_area,
        }
        assert reader.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_hostile_name_is_shown_and_loads_nothing(
    reader: webdriver.Chrome, tmp_path: Path
) -> None:
    (_, page), *_ = pages(person("jane@dev.example", [HOSTILE]))
    opened(reader, page, tmp_path, 1280)

    shown = reader.find_element("css selector", "main").text
    assert "<script>document.title = 'run'</script>" in shown
    assert reader.title.startswith("Your invitation")
    assert reader.find_elements("css selector", "img, main script") == []
    assert reader.execute_script("return performance.getEntriesByType('resource').length") == 0
