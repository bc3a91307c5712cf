"""Nearly all rows are read the short way, and what that reads the long way reads alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import re2
from dumps import STYLES, Style, write_dump
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.sources import scan
from syncd.sources.dump import Dump, Inserted
from syncd.sources.plain import PlainRows
from syncd.sources.text import BadDump
from syncd.sources.values import Layout

WANTED = {"t": ("id", "a", "b", "absent")}
CREATE = "CREATE TABLE t (id int, a text, b blob, c text);\nCREATE TABLE o (x int);\n"
NEVER = re2.compile(rb"[^\x00-\xff]")

NUMBERS = st.integers(-99, 10**6).map(str) | st.sampled_from(["1.50", "+3", "5.", "1e5", ".5"])
PARTS = [
    *["a", "é", "😀", ",", ")", "(", ";", "\n", "),(", "--", "/*", '"', "NULL", "''", r"\'"],
    *[r"\\", r"\n", "\\", ";\nINSERT INTO t VALUES (7,'x',NULL,1);\n"],
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=5).map(lambda parts: f"'{''.join(parts)}'")
LITERALS = [
    *["NULL", "null", "DEFAULT", "0x41", "0x", "0b01", "x'4a'", "b'1'", "_binary 'a\\'b'", "N'x'"],
    *['"d\\"q"', '"a""b"', "now()", "UNHEX('4a')", "UNHEX('4z')", "f(g('a)'),1)", "`n`", "-INF"],
]
ODD = st.sampled_from(LITERALS)
# By column: one kind of value nearly always, as a column has it.
KINDS = st.sampled_from([NUMBERS, TEXTS, TEXTS | st.just("NULL"), NUMBERS | TEXTS, ODD | TEXTS])
DAMAGE = [b"'", b'"', b"\\", b"(", b")", b",", b";", b"x", b"\n", b" ", b"0", b"\0", b"\xff", b""]


@st.composite
def dumps(draw: st.DrawFn) -> bytes:
    parts = [CREATE, draw(st.sampled_from(["", "SET NAMES latin1;\n", "SET NAMES utf8mb4;\n"]))]
    if draw(st.booleans()):
        parts.append("SET sql_mode='NO_BACKSLASH_ESCAPES';\n")
    end = draw(st.sampled_from([";", ";", ";", ";;"]))
    parts.append(f"DELIMITER {end}\n" if end != ";" else "")
    comma = draw(st.sampled_from([",", ",", ", ", " ,\n"]))
    for table in ("o", "t"):
        columns = [draw(KINDS) for _ in range(4)]
        for _ in range(draw(st.integers(1, 3))):
            number = draw(st.integers(1, 4))
            rows = [f"({comma.join(draw(column) for column in columns)})" for _ in range(number)]
            between = draw(st.sampled_from([",", ",\n", ""] if number > 3 else [",", ",\n"]))
            parts.append(f"INSERT INTO {table} VALUES {between.join(rows)}{end}\n")  # noqa: S608
    return "".join(parts).encode()


def came(dump: bytes, size: int) -> Any:
    """Give what a dump reads as: rows, and what is wrong with them."""
    chunks = [dump[at : at + size] for at in range(0, len(dump), size)]
    reading = Dump(chunks, WANTED)
    rows: list[tuple[str | None, ...]] = []
    try:
        for each in reading.read():
            rows += each.rows if isinstance(each, Inserted) else []
    except BadDump as error:
        return str(error)
    return rows, list(reading.decoders.remarks()), reading.marks.has_end


@contextmanager
def the_long_way() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainRows, "run", lambda _, __, at, ___: ([], at))
        patch.setattr(scan, "passing", lambda *_, **__: NEVER)
        yield


@given(
    dump=dumps(),
    place=st.floats(0, 1),
    damage=st.none() | st.sampled_from(DAMAGE),
    size=st.sampled_from([1 << 20, 64, 7]),
)
@settings(deadline=None, max_examples=300)
def test_the_short_way_and_the_long_way_are_one(
    dump: bytes, place: float, damage: bytes | None, size: int
) -> None:
    if damage is not None:
        at = int(place * len(dump))
        dump = dump[:at] + damage + dump[at + (not damage) :]
    with the_long_way():
        expected = came(dump, size)
    assert came(dump, size) == expected


@pytest.mark.parametrize("name", [name for name in STYLES if name not in {"hex", "spoken"}])
def test_nearly_all_rows_go_the_short_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long: list[object] = []
    monkeypatch.setattr(Layout, "_read", counted(Layout._read, long))
    monkeypatch.setattr(scan.Scanner, "goes_on", counted(scan.Scanner.goes_on, long))
    style: Style = STYLES[name]
    rows = [
        {"id": n, "a": f"it's\n{n} é" if n % 5 else None, "b": "x\\y" if n % 7 else "", "c": 1}
        for n in range(400)
    ]
    dump = write_dump({"o": rows, "t": rows}, style)
    got, *_ = came(dump, 1 << 16)
    assert [row[:2] for row in got] == [(str(row["id"]), row["a"]) for row in rows]
    assert len(long) < 40


def counted(method: Any, calls: list[object]) -> Any:
    def counting(*arguments: Any) -> Any:
        calls.append(method)
        return method(*arguments)

    return counting
