"""Conditions of SQL lose one operand at a time, and stay SQL."""

import ast
from pathlib import Path

import duckdb
import pytest
from mutations import mutants, names
from operands import without_operands
from queries import broken_queries

SYNCD = Path(__file__).parents[2] / "syncd"


def left(query: str) -> list[str]:
    """Give what is left of a query, each time that it has lost an operand."""
    return [" ".join(broken.split()) for _, broken in without_operands(query)]


def test_of_two_operands_each_goes_once() -> None:
    assert left("SELECT a WHERE b AND c") == ["SELECT a WHERE c", "SELECT a WHERE b"]
    assert left("SELECT a WHERE b OR c") == ["SELECT a WHERE c", "SELECT a WHERE b"]


def test_of_three_operands_two_stay() -> None:
    assert left("WHERE a = 1 AND b = 2 AND c = 3 ORDER BY d") == [
        "WHERE b = 2 AND c = 3 ORDER BY d",
        "WHERE a = 1 AND c = 3 ORDER BY d",
        "WHERE a = 1 AND b = 2 ORDER BY d",
    ]


def test_and_binds_before_or() -> None:
    assert sorted(left("WHERE a OR NOT b AND c")) == [
        "WHERE NOT b AND c",  # without a
        "WHERE a",  # without all that AND holds
        "WHERE a OR NOT b",
        "WHERE a OR c",
    ]


def test_what_is_in_parentheses_is_one_operand_and_has_operands() -> None:
    assert sorted(left("WHERE a AND (b OR c) AND NOT (d AND e)")) == [
        "WHERE (b OR c) AND NOT (d AND e)",
        "WHERE a AND (b OR c)",
        "WHERE a AND (b OR c) AND NOT (d)",
        "WHERE a AND (b OR c) AND NOT (e)",
        "WHERE a AND (b) AND NOT (d AND e)",
        "WHERE a AND (c) AND NOT (d AND e)",
        "WHERE a AND NOT (d AND e)",
    ]


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("WHERE a = 'b AND (c' AND d", "a = 'b AND (c'"),
        ("WHERE a = 'it''s OR so' AND d", "a = 'it''s OR so'"),
        ('WHERE "a AND b" AND d', '"a AND b"'),
        ("WHERE a BETWEEN 1 AND 2 AND d", "a BETWEEN 1 AND 2"),
        ("WHERE a IS DISTINCT FROM b AND d", "a IS DISTINCT FROM b"),
        ("WHERE a IS NOT DISTINCT FROM b AND d", "a IS NOT DISTINCT FROM b"),
        ("WHERE f(a, b) = 1 AND d", "f(a, b) = 1"),
        ("WHERE a[1] = 1 AND d", "a[1] = 1"),
        ("WHERE CASE WHEN a THEN b ELSE c END = 1 AND d", "CASE WHEN a THEN b ELSE c END = 1"),
        ("WHERE a IN (SELECT b FROM c) AND d", "a IN (SELECT b FROM c)"),
        ("WHERE a = '{kind}' AND d", "a = '{kind}'"),
    ],
)
def test_an_operand_goes_as_a_whole(query: str, whole: str) -> None:
    assert left(query) == ["WHERE d", f"WHERE {whole}"]


@pytest.mark.parametrize(
    ("query", "broken"),
    [
        ("SELECT a AND b AS c, d", ["SELECT b AS c, d", "SELECT a AS c, d"]),
        ("FROM a JOIN b ON c AND d WHERE e", [
            "FROM a JOIN b ON d WHERE e", "FROM a JOIN b ON c WHERE e",
        ]),
        ("FROM a LEFT JOIN b ON c AND d LEFT JOIN e ON f", [
            "FROM a LEFT JOIN b ON d LEFT JOIN e ON f", "FROM a LEFT JOIN b ON c LEFT JOIN e ON f",
        ]),
        ("CASE WHEN a AND b THEN c END", ["CASE WHEN b THEN c END", "CASE WHEN a THEN c END"]),
        ("coalesce(a OR b, FALSE)", ["coalesce(b, FALSE)", "coalesce(a, FALSE)"]),
        ("filter(x, lambda y: a AND b)", ["filter(x, lambda y: b)", "filter(x, lambda y: a)"]),
    ],
)  # fmt: skip
def test_a_condition_ends_where_something_else_begins(query: str, broken: list[str]) -> None:
    assert left(query) == broken


@pytest.mark.parametrize(
    "query",
    [
        "CREATE OR REPLACE TABLE a",
        "INSERT OR IGNORE INTO a",
        "SELECT a WHERE b BETWEEN c AND d",
        "SELECT a -- this AND that",
        "SELECT 'a OR b'",
        "SELECT a WHERE verb = ",
    ],
)
def test_where_nothing_is_joined_nothing_goes(query: str) -> None:
    assert left(query) == []


def test_text_that_goes_on_elsewhere_is_left_alone() -> None:
    assert left("WHERE a AND b = ") == ["WHERE b ="]


def test_an_operand_with_a_parameter_counts_no_more_but_stays() -> None:
    con = duckdb.connect()

    for query in ("SELECT 1 WHERE 2 = ? AND 3 = $most", "SELECT 1 WHERE 2 = '?' OR 3 = $1"):
        assert all("$" in broken for broken in left(query))
    (first, second) = left("SELECT 1 WHERE 2 = $a AND 3 = $b")
    assert con.execute(first, {"a": 0, "b": 3}).fetchall() == [(1,)]
    assert con.execute(second, {"a": 2, "b": 0}).fetchall() == [(1,)]
    assert con.execute(first, {"a": 2, "b": 0}).fetchall() == []
    (first, second) = left("SELECT 1 WHERE 2 = $a OR 3 = $b")
    assert con.execute(first, {"a": 2, "b": 0}).fetchall() == []
    assert con.execute(first, {"a": 0, "b": 3}).fetchall() == [(1,)]


def test_an_operand_is_named_and_a_long_one_in_short() -> None:
    query = "SELECT a FROM b WHERE c\n  AND d IN (9)".replace("9", "9" * 90)

    assert [name for name, _ in without_operands(query)] == [
        "AND without c",
        f"AND without d IN ({'9' * 64}...",
    ]


def test_an_f_string_is_broken_as_the_query_it_makes() -> None:
    source = (
        'M = "SELECT e"\nF = "f"\n'
        'Q = f"SELECT a FROM b WHERE c NOT IN ({M}) AND {F} AND d IN ({M})"\n'
    )
    queries = []
    for mutant in mutants("a.py", source, "a.py"):
        module: dict[str, str] = {}
        exec(mutant.code, module)  # noqa: S102, a constant
        queries.append(module["Q"])

    assert "SELECT a FROM b WHERE f AND d IN (SELECT e)" in queries
    assert "SELECT a FROM b WHERE c NOT IN (SELECT e) AND d IN (SELECT e)" in queries
    assert "SELECT a FROM b WHERE c NOT IN (SELECT e) AND f" in queries
    assert "SELECT a FROM b WHERE c NOT IN (SELECT e) AND f AND d NOT IN (SELECT e)" in queries
    assert "a.py Q: AND without d IN ({M})" in names("a.py", source)


def queries_of(path: Path) -> list[str]:
    """Give the statements of a module that stand there as a whole."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [text for text in texts if " AND " in text and is_sql(text)]


def is_sql(text: str) -> bool:
    try:
        return bool(duckdb.extract_statements(text))
    except duckdb.Error:
        return False


def test_broken_queries_of_syncd_are_still_sql() -> None:
    paths = [*SYNCD.glob("match/*.py"), *SYNCD.glob("decide/*.py"), SYNCD / "report/access.py"]
    queries = [query for path in paths for query in queries_of(path)]

    assert len(queries) > 20
    for query in queries:
        assert [name for name, broken in broken_queries(query) if not is_sql(broken)] == []
