"""The colours of the client area: who sees badly can read it, by day and by night."""

import re
from pathlib import Path

import pytest

import syncd.sandbox.area

CSS = (Path(syncd.sandbox.area.__file__).parent / "static" / "area.css").read_text("utf-8")
DAY, NIGHT = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
TEXTS = [
    *(("ink", "sheet"), ("ink", "ground"), ("ink", "faint"), ("soft", "sheet"), ("soft", "ground")),
    *(("soft", "faint"), ("link", "sheet"), ("link", "faint"), ("on-fill", "fill")),
    *(("good", "good-bg"), ("good", "sheet"), ("bad", "bad-bg"), ("look", "look-bg")),
]


def light(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colours, text, ground):
    dark, bright = sorted((light(colours[text]), light(colours[ground])))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_text_stands_out_from_its_ground(colours):
    weak = {pair: contrast(colours, *pair) for pair in TEXTS if contrast(colours, *pair) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_the_edge_of_a_field_is_seen(colours):
    assert contrast(colours, "edge", "sheet") >= 3


def test_focus_is_shown():
    assert ":focus-visible { outline: 3px solid" in CSS
