"""A person at a browser: finds things by the words on them, as people and screen readers do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from areas import Area
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1280,900"),
)
_PATIENCE = 60.0  # seconds for a page, on a machine with much else to do
# What the area must do without: a browser that runs no script of a page.
_NO_SCRIPT = {"profile.managed_default_content_settings.javascript": 2}
# A driver may run script on a page that may not: one question in place of one for each element.
_TEXTS = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText.trim())"
_BEGINNING = """return [...document.querySelectorAll(arguments[0])].find(
    e => e.checkVisibility() && e.innerText.trim().startsWith(arguments[1]))"""
_LABELLED = """const label = [...document.querySelectorAll(arguments[0])].find(
    e => e.innerText.trim().replace(/ [(]required[)]$/, "") === arguments[1]);
    return label ? document.getElementById(label.htmlFor) : null"""
_PAGE_ID = 'return document.readyState === "complete" ? performance.timeOrigin : null'


@contextmanager
def chromium(profile: Path, *, runs_script: bool = False) -> Iterator[webdriver.Chrome]:
    """Run Debian's Chromium with a profile of its own; both processes end with the block.

    One that runs script keeps a log of what it asked for.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if runs_script:
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    else:
        options.add_experimental_option("prefs", _NO_SCRIPT)
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


class Surfer:
    """One person at the browser, on one area."""

    def __init__(self, driver: webdriver.Chrome, area: Area) -> None:
        self.driver = driver
        self.area = area
        self.url = area.sandbox.url

    def forget(self) -> None:
        """Be somebody else: no cookie is left, and the area keeps nothing else."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def open(self, path: str) -> "Surfer":
        self.driver.get(path if path.startswith("http") else f"{self.url}{path}")
        return self

    def be(self, email: str) -> "Surfer":
        """Be somebody who has logged in: by the link of staff who look, which is quicker."""
        return self.open(self.area.look(email))

    def log_in(self, email: str, password: str) -> "Surfer":
        self.forget()
        self.open("/login").fill("Email Address", email).fill("Password", password)
        return self.press("Login")

    # --- what is there ---------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        return self.words("h1")

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.url).partition("?")[0]

    @property
    def text(self) -> str:
        return self.words("main")

    @property
    def notice(self) -> str:
        return self.words("#notice")

    @property
    def mistake(self) -> str:
        return self.words("#mistake")

    def words(self, css: str) -> str:
        """Give the words of what is there once or not at all."""
        return " ".join(self.texts(css))

    def first(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def texts(self, css: str) -> list[str]:
        return list(self.driver.execute_script(_TEXTS, css))

    def row(self, email: str) -> str:
        return self.words(f"tr[data-email='{email}']")

    @property
    def menu(self) -> list[str]:
        return self.texts("#menu a")

    @property
    def own_menu(self) -> list[str]:
        """Open the menu under one's name and give its entries."""
        details = self.first("#hello details")
        if details.get_dom_attribute("open") is None:
            self.first("#hello summary").click()
        return self.texts("#hello li a")

    @property
    def cookies(self) -> list[dict[str, Any]]:
        return self.driver.get_cookies()

    # --- what one does ---------------------------------------------------------------------------

    def follow(self, words: str, within: str = "") -> "Surfer":
        """Click the link with these words."""
        self._click(f"{within} a".strip(), words)
        return self

    def choose_from_own_menu(self, words: str) -> "Surfer":
        assert words in self.own_menu
        return self.follow(words, "#hello")

    def press(self, words: str, within: str = "") -> "Surfer":
        """Click the button with these words."""
        self._click(f"{within} button".strip(), words)
        return self

    def _click(self, css: str, words: str) -> None:
        target = self.driver.execute_script(_BEGINNING, css, words)
        assert target, f"{words!r} is not there; there is {self.texts(css)}"
        before = self._page_id()
        target.click()
        deadline = time.monotonic() + _PATIENCE
        while self._page_id() in {before, None}:
            assert time.monotonic() < deadline, f"{words!r} leads nowhere"

    def _page_id(self) -> float | None:
        """Give what no two pages that were loaded share; nothing while one gives way to another."""
        try:
            return self.driver.execute_script(_PAGE_ID)
        except WebDriverException:
            return None

    def set_password(self, password: str, again: str | None = None) -> "Surfer":
        self.fill("Password", password)
        return self.fill("Confirm Password", password if again is None else again)

    def fill(self, label: str, value: str, within: str = "") -> "Surfer":
        field = self.field(label, within)
        field.clear()
        field.send_keys(value)
        return self

    def fill_in(self, within: str = "", **values: str) -> "Surfer":
        """Fill in by label: `First_Name="Alma"`."""
        for label, value in values.items():
            self.fill(label.replace("_", " "), value, within)
        return self

    def tick(self, *labels: str, on: bool = True) -> "Surfer":
        for label in labels:
            box = self.field(label)
            if box.is_selected() != on:
                box.click()
        return self

    def is_ticked(self, label: str) -> bool:
        return self.field(label).is_selected()

    def field(self, label: str, within: str = "") -> WebElement:
        """Give the field that a label is for; a label without one is no label."""
        found = self.driver.execute_script(_LABELLED, f"{within} label".strip(), label)
        assert found, f"No field {label!r}; there is {self.texts('label')}"
        return found
