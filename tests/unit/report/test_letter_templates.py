"""Templates that a provider puts in place of ours: what is wrong with one is told with its line."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from lettered import LANGUAGES, SENDER, letters, planned, write
from people import client, contact

from syncd.errors import TemplateUnusable
from syncd.report.letter_templates import Templates, trial_people
from syncd.report.letter_text import blocks, html_of, text_of

OWNER = client(17, "olga@acme.example", company="Acme Ltd")
ACCOUNTANT = contact(1, 17, "books@count.example", invoice_emails="1")
LETTER = "Dear {{ person.name }},\n\nwrite to {{ sender.mailbox }}.\n"


def own(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "own"


def told(folder: Path, name: str, content: str | bytes) -> TemplateUnusable:
    with pytest.raises(TemplateUnusable) as refused:
        Templates(own(folder, {name: content}), LANGUAGES, SENDER, None)
    return refused.value


# --- put in place of ours -----------------------------------------------------------------------


def test_a_template_of_ones_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    folder = own(tmp_path, {"english/accountant.txt.j2": "Dear books,\nall is well."})
    write(planned(tmp_path, [OWNER], [ACCOUNTANT]), tmp_path / "out", folder)

    text = letters(tmp_path / "out")["books@count.example"]["text"]
    assert "\n\nDear books, all is well.\n\n" in text
    assert "support@kestrel.example" in text


def test_a_language_of_ones_own_is_its_folder(tmp_path: Path) -> None:
    shipped = Path(Templates.__module__.replace(".", "/")).parent
    assert shipped.name == "report"
    files = {
        f"french/{name}.txt.j2": "Bonjour" for name in
        ("owner", "invited", "keeps", "resets", "delegate", "chooser", "accountant", "support",
         "subject", "headline")
    }  # fmt: skip
    files |= {"french/letter.txt.j2": LETTER, "french/announcement.txt.j2": LETTER[24:]}
    files |= {"french/page.html.j2": '{% set code = "fr" %}{% extends "layout.html.j2" %}'}
    templates = Templates(own(tmp_path, files), ("french",), SENDER, None)

    letter = templates.letter(next(trial_people()), "french")
    assert letter.subject == "Bonjour"
    assert '<html lang="fr">' in templates.page(letter, "french")


def test_a_language_without_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnusable) as refused:
        Templates(None, ("english", "french"), SENDER, None)

    assert refused.value.path == "french/letter.txt.j2"
    assert "there is no template" in refused.value.problems[0]


def test_the_day_of_the_cutover_is_said_in_both_languages() -> None:
    templates = Templates(None, LANGUAGES, SENDER, date(2026, 3, 1))
    whose = next(trial_people())

    assert "On 1 March 2026 we are moving" in templates.letter(whose, "english").text
    assert "am 1. März 2026 stellen wir" in templates.letter(whose, "german").text


# --- what is wrong with one ---------------------------------------------------------------------


@pytest.mark.parametrize(("content", "line", "words"), [
    ("\n\nHello {{ nobody }}", 3, "no template is given 'nobody'"),
    ("\nHello {{ person.nmae }}", 2, "has no attribute 'nmae'"),
    ("Hello {% if %}", 1, "Expected an expression"),
    ("Hello\n{% for x in person.places %}", 2, "Unexpected end of template"),
    ("Hello {{ person.name | shout }}", 1, "No filter named 'shout'"),
    ("a\n{% if false %}{{ nobody }}{% endif %}", 2, "no template is given 'nobody'"),
    ("a\n\n\n{{ 1 + person.email }}", 4, "unsupported operand"),
    ("{{ person.email.__class__.__mro__ }}", 1, "unsafe"),
    ("{{ 1 / 0 }}", 1, "division by zero"),
    ("x{% for n in range(999999999) %}{% endfor %}", 1, "Range too big"),
    ("\n{% include 'english/none.txt.j2' %}", 0, "there is no template english/none.txt.j2"),
])  # fmt: skip
def test_a_broken_template_is_told_with_file_and_line(
    content: str, line: int, words: str, tmp_path: Path
) -> None:
    error = told(tmp_path, "english/support.txt.j2", content)

    (problem,) = error.problems
    assert words in problem
    if line:
        assert error.path == str(tmp_path / "own/english/support.txt.j2")
        assert problem.startswith(f"line {line}: ")


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    error = told(tmp_path, "english/support.txt.j2", b"Gr\xfc\xdfe")

    assert error.path.endswith("support.txt.j2")
    assert "utf-8" in error.problems[0]


def test_a_template_that_includes_itself_is_refused(tmp_path: Path) -> None:
    error = told(tmp_path, "english/support.txt.j2", "{% include 'english/support.txt.j2' %}")

    assert "recursion" in error.problems[0]


def test_s0_10_a_template_with_an_old_page_is_refused(tmp_path: Path) -> None:
    old = "Go to https://my.kestrel.example/clientarea.php?action=contacts"
    error = told(tmp_path, "german/delegate.txt.j2", old)

    assert error.path.endswith("letter.txt.j2")
    assert "clientarea.php?action=contacts" in error.problems[0]


def test_s2_14_a_template_without_the_mailbox_is_refused(tmp_path: Path) -> None:
    error = told(tmp_path, "english/announcement.txt.j2", "We move.")

    assert error.path == str(tmp_path / "own/english/announcement.txt.j2")
    assert "{{ sender.mailbox }}" in error.problems[0]


def test_nothing_is_written_where_a_template_is_broken(tmp_path: Path) -> None:
    plan = planned(tmp_path, [OWNER], [ACCOUNTANT])
    write(plan, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    # Such a name is met only while letters are written: no trial has it.
    late = "{% if person.name == 'Jane Doe' %}{{ person.nmae }}{% endif %}{{ sender.mailbox }}"
    folder = own(tmp_path, {"english/letter.txt.j2": late})

    with pytest.raises(TemplateUnusable, match="nmae"):
        write(plan, tmp_path / "out", folder)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


# --- text and HTML are of the same blocks -------------------------------------------------------


def test_blocks_are_reflowed_and_lists_stay_lists() -> None:
    parts = tuple(blocks("One\ntwo.\n\n\n- a\n  b\n- c\n \nthree - four"))

    assert text_of(parts) == "One two.\n\n- a b\n- c\n\nthree - four\n"
    assert html_of(parts, {}) == (
        "<p>One two.</p>\n<ul>\n<li>a b</li>\n<li>c</li>\n</ul>\n<p>three - four</p>"
    )


def test_long_lines_are_wrapped_and_no_address_is_broken() -> None:
    address = f"{'long-' * 20}name@dev.example"
    lines = text_of(tuple(blocks(f"- write to {address} {'word ' * 30}"))).splitlines()

    assert address in lines[1]
    assert all(len(line) <= 76 for line in lines if address not in line)
    assert all(line.startswith(("- ", "  ")) for line in lines)


def test_only_our_own_addresses_become_links() -> None:
    links = {"https://k.example/?a=1&b=2": "https://k.example/?a=1&b=2"}
    parts = tuple(blocks("Open https://k.example/?a=1&b=2 not https://evil.example <b>now</b>"))

    assert html_of(parts, links) == (
        '<p>Open <a href="https://k.example/?a=1&amp;b=2">https://k.example/?a=1&amp;b=2</a> '
        "not https://evil.example &lt;b&gt;now&lt;/b&gt;</p>"
    )
