"""The engine gets memory for queries that join many tables at once, not for the widest sort alone.

A query of a report has half a dozen joins, each of which holds some MB at the same time.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.cli.words import Exit, explain_error
from syncd.workspace import memory
from syncd.workspace.faults import TooLittleMemory
from syncd.workspace.workspace import Workspace

PEOPLE = 40_000

# A quiet night: what is desired is there, and nearly nothing is judged.
TABLES = {
    "clients": """
        SELECT 'p' || n || '@archer.example' AS identity, 'legacy' AS source, n AS client_id,
               'Archer ' || n AS label
    """,
    "contacts": """
        SELECT 'p' || n || '@dean.example' AS identity, 'legacy' AS source, n AS contact_id,
               n AS client_id, TRUE AS login
    """,
    "converted": """
        SELECT account_key(ref_of('legacy', n)) AS key, 'account' AS kind,
               ref_of('legacy', n) AS account, 'p' || n || '@archer.example' AS email,
               '{"profile":{"first_name":"' || repeat('x', 400) || '"}}' AS body
        UNION ALL
        SELECT membership_key(ref_of('legacy', n), 'p' || n || '@dean.example'), 'membership',
               ref_of('legacy', n), 'p' || n || '@dean.example', '{}'
    """,
    "seen": """
        SELECT account_key(ref_of('legacy', n)) AS key, 'account' AS kind, FALSE AS invite
        UNION ALL SELECT user_key('p' || n || '@archer.example'), 'user', FALSE
        UNION ALL SELECT user_key('p' || n || '@dean.example'), 'user', FALSE
        UNION ALL
        SELECT membership_key(ref_of('legacy', n), 'p' || n || '@dean.example'), 'membership', FALSE
    """,
    "owners": "SELECT account_key(ref_of('legacy', n)) AS key, 'x' AS owner",
}
# As reports ask it.
JOINS = """
    SELECT d.email, d.account, k.label, u.key, o.owner, d.body ->> '$.profile.first_name'
    FROM desired d LEFT JOIN clients k ON ref_of(k.source, k.client_id) = d.account
    LEFT JOIN owners o USING (key) LEFT JOIN matched u ON u.key = user_key(d.email)
    WHERE d.kind = 'account'
      AND (d.key NOT IN (SELECT key FROM matched)
           OR d.account IN (SELECT account FROM logins)
           OR d.email IN (SELECT identity FROM logins)
           OR d.email IN (SELECT email FROM desired WHERE kind = 'account'
                          GROUP BY email HAVING count(*) > 1))
    ORDER BY d.email, d.account
"""


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace.duckdb") as workspace:
        for table, columns in TABLES.items():
            rows = f"FROM (SELECT unnest(range({PEOPLE})) AS n)"
            select = columns.replace("UNION", f"{rows} UNION")
            number = workspace.fill(table, f"INSERT INTO {table} BY NAME {select} {rows}")
            workspace.count_in(table, number)
        yield workspace


def test_a_query_of_many_joins_has_memory_for_them(night: Workspace) -> None:
    night.settle("clients", "contacts", "converted")
    assert sum(1 for _ in night.stream(JOINS)) == PEOPLE


def test_where_less_memory_was_reckoned_than_a_query_needs_it_gets_more(night: Workspace) -> None:
    night.execute("SET memory_limit = '30MB'")
    assert sum(1 for _ in night.stream(JOINS)) == PEOPLE
    night.execute("SET memory_limit = '30MB'")
    assert sum(len(rows) for (rows, *_) in night.blocks(JOINS)) == PEOPLE
    night.execute("SET memory_limit = '30MB'")
    assert night.fill("members_of", f"CREATE TABLE members_of AS {JOINS}") == PEOPLE


def test_a_query_that_needs_more_than_all_ends_with_a_sentence(
    night: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST", memory.LEAST)
    night.execute("SET memory_limit = '30MB'")
    with pytest.raises(TooLittleMemory) as caught, night:
        night.execute(f"CREATE TABLE joined AS {JOINS}")
    assert explain_error(caught.value)[0] is Exit.NOT_READY
    assert re.search(r"ran out of memory at \d+ MB", explain_error(caught.value)[1])
