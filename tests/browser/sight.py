"""What a page looks like at a real browser: faults that people and machines see, and pictures."""

import base64
import json
from importlib import resources
from pathlib import Path
from typing import Any

from selenium import webdriver

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
# Text of two cells of one row that lies on one line must have a gap between, whatever the width.
_GLUED = """
    const rectsOf = cell => {
        const rects = [], walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            if (!walker.currentNode.textContent.trim()) continue;
            if (!walker.currentNode.parentElement.checkVisibility()) continue;
            const range = document.createRange();
            range.selectNodeContents(walker.currentNode);
            for (const rect of range.getClientRects()) if (rect.right > 0)  // not for readers alone
                rects.push([rect, walker.currentNode.textContent.trim()]);
        }
        return rects;
    };
    const glued = [];
    for (const row of document.querySelectorAll('tr, .flow li')) {
        const parts = row.cells ? [...row.cells].map(rectsOf) : [rectsOf(row)];
        for (const [at, some] of parts.entries()) for (const others of parts.slice(at + 1))
            for (const [one, said] of some) for (const [two, other] of others) {
                const beside = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 2;
                const gap = Math.max(one.left, two.left) - Math.min(one.right, two.right);
                if (beside && gap < 3) glued.push(`${said} | ${other}: ${gap}`);
            }
    }
    const items = [...document.querySelectorAll('.flow li')].map(item => rectsOf(item));
    for (const [at, some] of items.entries()) for (const others of items.slice(at + 1, at + 2))
        for (const [one, said] of some) for (const [two, other] of others)
            if (one.bottom - two.top > 2) glued.push(`${said} over ${other}`);
    return glued.slice(0, 20)
"""
_AXE = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ['violations']}).then(
        found => done(found.violations.map(
            each => [each.impact, each.id, each.nodes.slice(0, 3).map(node => node.html)])),
        error => done([['serious', String(error), []]]))
"""


def sized(browser: webdriver.Chrome, width: int, scheme: str) -> None:
    """Make the window as wide as a desk's or a phone's, in light or dark."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def asked_for(browser: webdriver.Chrome) -> set[str]:
    """Give what the browser asked for since it was last asked itself."""
    said = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return {
        each["params"]["request"]["url"]
        for each in said
        if each["method"] == "Network.requestWillBeSent"
    }


def glued(browser: webdriver.Chrome) -> list[str]:
    """Name texts that lie over each other, or so close that they read as one."""
    return list(browser.execute_script(_GLUED))


def barriers(browser: webdriver.Chrome) -> list[Any]:
    """Give what axe-core finds serious or critical."""
    # The library is taken from the package, which keeps up with it; its wrapper is not used.
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(axe)
    browser.set_script_timeout(_PATIENCE)
    return [each for each in browser.execute_async_script(_AXE) if each[0] in _SERIOUS]


_SERIOUS = ("serious", "critical")
_PATIENCE = 110  # seconds for what takes ten: the machine may have much else to do


def picture(browser: webdriver.Chrome, path: Path, height: int | None = None) -> None:
    """Write what is to be seen, to that height or the whole page."""
    size = browser.execute_script("return [innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": size[0], "height": min(height or size[1], 16_000), "scale": 1}
    shot = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(shot["data"]))


def printed(browser: webdriver.Chrome, path: Path) -> None:
    """Print to a file, as the page's own style says."""
    options = {"preferCSSPageSize": True, "printBackground": True}
    paper = browser.execute_cdp_cmd("Page.printToPDF", options)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(paper["data"]))
