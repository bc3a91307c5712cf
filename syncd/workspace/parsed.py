"""Statements as the engine has parsed them.

From text it parses each of them twice, and the same again in the next run of a process: a quarter
of the time that a query over few rows takes.
"""

from collections.abc import Mapping, Sequence

import duckdb

Parameters = Sequence[object] | Mapping[str, object]

_MOST = 1000  # texts that are kept: several times as many as there are
_PARSED: dict[str, list[duckdb.Statement]] = {}


def execute(
    con: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Parameters = (),
) -> duckdb.DuckDBPyConnection:
    """Run statements as `con.execute` does: the parameters are those of the last."""
    statements = _PARSED.get(query)
    if statements is None:
        statements = con.extract_statements(query)
        if len(_PARSED) < _MOST:
            _PARSED[query] = statements
    *first, last = statements
    for statement in first:
        con.execute(statement)
    return con.execute(last, parameters)
