"""A sink: what is put into a table comes out of it, value for value, and nothing else goes in."""

from collections.abc import Iterator, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.workspace.sink import Sink

_texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
_rows = st.lists(
    st.tuples(
        _texts,
        _texts.map(lambda text: text if text is None else text.encode()),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.booleans(),
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4),
        st.tuples(_texts, st.none() | st.integers(-(2**63), 2**63 - 1)),
    ),
    max_size=40,
)


TABLE = """
    CREATE TABLE things (
        name TEXT, body TEXT, number BIGINT, phase INTEGER, ok BOOLEAN, mail TEXT[],
        legacy STRUCT(a TEXT, b BIGINT))
"""
MANY = 51  # of a row: more than the sink takes for few
GOOD = ("good", b"", 1, 1, True, (), ("", 1))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(TABLE)
        yield con


def put(con: duckdb.DuckDBPyConnection, rows: Sequence[Sequence[object]]) -> None:
    with Sink(con, "things") as sink:
        for row in rows:
            sink.add(row)


def things(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("FROM things ORDER BY rowid").fetchall()


@pytest.mark.parametrize("times", [1, MANY])
def test_what_goes_in_comes_out_in_its_order(con: duckdb.DuckDBPyConnection, times: int) -> None:
    @settings(deadline=None)
    @given(_rows)
    def holds(rows: list[tuple[object, ...]]) -> None:
        con.execute("DELETE FROM things")

        put(con, rows * times)

        read = [(name, _decoded(body), *rest) for name, body, *rest in rows]
        assert (
            things(con)
            == [(*row[:6], dict(zip("ab", row[6], strict=True))) for row in read] * times
        )

    holds()


def _decoded(body: object) -> str | None:
    return body.decode() if isinstance(body, bytes) else None


def test_many_batches_and_transactions_keep_the_order(con: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (f"n{number}", b"{}", number, 1, number % 2 == 0, ["x"] * (number % 3), ("", 1))
        for number in range(45_001)
    ]

    put(con, rows)

    assert things(con) == [(name, "{}", *rest, {"a": "", "b": 1}) for name, _, *rest, _ in rows]


@pytest.mark.parametrize(
    "row",
    [
        (1, b"", 1, 1, True, (), ("", 1)),
        ("lone \ud800", b"", 1, 1, True, (), ("", 1)),
        ("", b"\xff", 1, 1, True, (), ("", 1)),
        ("", b"", "1", 1, True, (), ("", 1)),
        ("", b"", 1.5, 1, True, (), ("", 1)),
        ("", b"", 2**63, 1, True, (), ("", 1)),
        ("", b"", 1, 2**31, True, (), ("", 1)),
        ("", b"", 1, 1, True, ("\ud800",), ("", 1)),
        ("", b"", 1, 1, True, (1,), ("", 1)),
        ("", b"", 1, 1, True, None, ("", 1)),
        ("", b"", 1, 1, True, ()),
        ("", b"", 1, 1, True, (), ("", "1")),
        ("", b"", 1, 1, True, (), (1, 1)),
        ("", b"", 1, 1, True, (), ("",)),
    ],
)
@pytest.mark.parametrize("times", [1, MANY])
def test_what_does_not_fit_its_column_is_refused(
    con: duckdb.DuckDBPyConnection, row: tuple[object, ...], times: int
) -> None:
    # Each in the words of its conversion.
    with pytest.raises((ValueError, TypeError, duckdb.Error)):
        put(con, [GOOD] * times + [row])

    assert things(con) == []
