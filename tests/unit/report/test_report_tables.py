import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_fixture import ACCESS, MAILS

from syncd.model.permission import ALL
from syncd.model.text import visible
from syncd.report.cells import FORMULA, cell, write_csv
from syncd.report.facts import Access
from syncd.report.tables import MAILS as MAILS_TABLE
from syncd.report.words import mark, marked, moment

_CELLS = st.text(
    st.one_of(st.sampled_from("=+-@'\t\r\n \"\uff1d,;"), st.characters(exclude_categories=["Cs"]))
)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def restored(text: str) -> str:
    """Do what docs/report.md tells a reader of the tables to do."""
    return text[1:] if FORMULA.match(text) else text


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "table.csv"


@given(row=st.lists(_CELLS, min_size=2, max_size=4))
def test_every_cell_comes_back_and_none_is_a_formula(table, row):
    assert write_csv(table, ("some", "columns"), [row]) == 1
    written = read(table)[1]
    assert [restored(value) for value in written] == [visible(value) for value in row]
    for value in written:
        assert not re.match(r"\s*[=+\-@]", value)
        assert visible(value) == value


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\uff1d", "'=", "\u00a0@"])
def test_formulas_are_made_harmless(start):
    assert cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize(
    ("acts", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x00b", "a\\x00b"),
        ("\t=1", "\\t=1"),
        ("1\u202e2", "1\\u202e2"),
        ("1\x1f2", "1\\x1f2"),
    ],
)
def test_no_terminal_obeys_a_cell(tmp_path, acts, shown):
    write_csv(tmp_path / "t.csv", ("name",), [(acts,)])
    assert read(tmp_path / "t.csv")[1] == [shown]


@pytest.mark.parametrize("harmless", ["", "'t Hart", "a=b", "jane@dev.example", "7"])
def test_all_else_stays_as_it_is(harmless):
    assert cell(harmless) == harmless


def test_lists_are_joined_by_blanks_and_checked_as_well():
    assert cell(("products", "tickets")) == "products tickets"
    assert cell(()) == ""
    assert cell(["=1", "2"]) == "'=1 2"


def test_is_rfc_4180_in_utf_8_for_the_owner_only(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("older, longer and readable by all" * 9, encoding="utf-8")
    path.chmod(0o644)
    assert write_csv(path, ("a", "b"), iter([("x, y", 'say "é"'), ("line\nbreak", 1)])) == 2
    assert path.read_bytes() == 'a,b\r\n"x, y","say ""é"""\r\nline\\nbreak,1\r\n'.encode()
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_rows_is_a_header(tmp_path):
    assert write_csv(tmp_path / "t.csv", ("a",), []) == 0
    assert read(tmp_path / "t.csv") == [["a"]]


def test_half_a_character_is_spelt_out_and_stops_nothing(tmp_path):
    write_csv(tmp_path / "t.csv", ("a", "b"), [("\udc80", "x")])
    assert read(tmp_path / "t.csv")[1] == ["\\udc80", "x"]


def test_rows_are_written_as_they_come(tmp_path):
    path = tmp_path / "t.csv"

    def rows():
        for number in range(20_000):
            yield (number,)
        assert path.stat().st_size > 0

    assert write_csv(path, ("number",), rows()) == 20_000


def as_dict(table, item) -> dict[str, object]:
    return dict(zip(table.columns, table.row(item), strict=True))


def test_of_a_login_it_is_marked_what_is_lost_gained_and_waiting():
    narrower = ACCESS[0]
    assert narrower.state == "narrower"
    assert marked(narrower, "L") == ("profile", "contacts", "tickets", "emails", "orders")
    assert marked(narrower, "G") == marked(narrower, "W") == ()
    waits = next(access for access in ACCESS if access.state == "waits")
    assert marked(waits, "W") == ("invoices", "quotes", "tickets")
    assert marked(waits, "L") == ()


def test_an_owner_neither_gains_nor_loses():
    owner = Access("legacy/1", "Acme", "boss@acme.example", ("tickets",), (), "owner")
    assert {mark(owner, key) for key in ALL} == {"K"}
    assert marked(owner, "L") == marked(owner, "G") == marked(owner, "W") == ()


def test_mails_have_as_many_cells_as_columns():
    assert as_dict(MAILS_TABLE, MAILS[-1])["everything"] == "yes"
    assert as_dict(MAILS_TABLE, MAILS[0])["everything"] == "no"


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("2026-05-02T01:00:00+00:00", "2026-05-02 01:00 UTC"),
        ("2026-05-02T01:00:00Z", "2026-05-02 01:00 UTC"),
        ("2026-05-02T01:00:00+02:00", "2026-05-01 23:00 UTC"),
        ("2026-05-02 01:00:00", "2026-05-02 01:00 (zone not stated)"),
        ("", "not stated"),
        ("last night", "last night"),
    ],
)
def test_moments_are_iso_with_their_zone(iso, said):
    assert moment(iso) == said


@given(st.text())
def test_what_is_visible_stays_visible(text):
    shown = visible(text)
    assert visible(shown) == shown
    assert not {"\u202e", "\u2066", "\x1b", "\n", "\u200b"} & set(shown)
    assert shown.isprintable() or set(shown) - set(text) <= set("\\xuUnrt0123456789abcdef")
