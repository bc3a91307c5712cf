"""How much memory the engine of the workspace may take.

DuckDB sorts in runs, which it spills; but it merges them a partition of up to 122,880 rows at a
time, and holds that partition whole (`DEFAULT_ROW_GROUP_SIZE` in its source). So what a sort needs
grows with the rows up to that number only, and with their width without end: under a limit that
does not look at the rows, wide ones end a run with "out of memory".
"""

from collections.abc import Collection, Iterable

import duckdb
import structlog

from syncd.workspace.parsed import Parameters, execute
from syncd.workspace.tables import CLIENT_FIELDS, CONTACT_FIELDS

log = structlog.get_logger(__name__)

LEAST = 64  # MB: enough for the rows of which there are few
# MB: what a run may take in the end, where less was reckoned than a statement needs. The process
# takes up to 300 MB more, which leaves it below the `MemoryMax` of the units in systemd/.
MOST = 704
_PARTITION = 122_880  # rows
_BESIDE = 200  # bytes a row has in a sort beside its bodies: key, short columns, pointers
_SPARE = 18  # MB for what is open beside a sort
# For half a dozen joins by key at once, as reports have them, and for more runs to merge. Measured:
# at 40,000 of each kind 112 MB are enough for such a query, 160 MB at 80,000, 200 MB at 160,000:
# what many rows need beside it grows more slowly.
_FIRST_PER_MB, _FIRST, _ROWS_PER_MB = 512, 96, 2048
# What the engine knows of a table's parts on disk is never spilled: 61 MB at 7,000,000 legacy rows.
_KNOWN_PER_MB = 65_536
# MB, whatever the population: a first plan of a million contacts does with it, and the process
# stays below 600 MB. What needs more gets it, see `Allowance`.
_MOST_FOR_ROWS = 224


def _wide(row: str, fields: Iterable[str]) -> str:
    """Give the bytes of a row that is a struct."""
    return "strlen(concat(" + ", ".join(f'{row}."{field}"' for field in fields) + "))"


# What is sorted with its bodies: how wide they are, and what is sorted apart from the rest.
_BODIES = {
    "clients": (_wide("legacy", CLIENT_FIELDS), "''"),
    "contacts": (_wide("legacy", CONTACT_FIELDS), "''"),
    "converted": ("strlen(body)", "kind"),
    "taken_back": ("strlen(body)", "kind"),
    "observed": ("strlen(body)", "kind"),
    "judged": ("coalesce(strlen(before), 0) + coalesce(strlen(after), 0)", "phase"),
}

# Beyond the limit it spills to disk. One thread: the work beside it is Python's, and every further
# one wants memory of its own.
ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": f"{LEAST}MB",
    "threads": 1,
    "enable_optimizer": False,  # while there are few rows
    "preserve_insertion_order": True,  # what was laid down in order is read in order
    "force_compression": "uncompressed",  # three times the file, for an eighth less time in all
    "fsync_mode": "NONE",  # nobody opens the file after a crash
}


def _to_sort(tables: Iterable[str]) -> str:
    """Give the query of how many rows are sorted at most, and of the MB of a partition of them."""
    sorts = " UNION ALL ".join(
        f"SELECT count(*) AS n, list_sum(max({width} + {_BESIDE}, {_PARTITION})) AS bytes"
        f" FROM {table} GROUP BY {apart}"
        for table, (width, apart) in ((table, _BODIES[table]) for table in tables)
    )
    return f"SELECT max(n), max(bytes) // 1000000 FROM ({sorts})"


def to_know(rows: int) -> int:
    """Give the MB it takes to hold where so many rows are, whatever else is done."""
    return LEAST + rows // _KNOWN_PER_MB


def _for_rows(rows: int) -> int:
    return int(min(rows // _FIRST_PER_MB, _FIRST + rows // _ROWS_PER_MB, _MOST_FOR_ROWS))


class Allowance:
    """What the engine of one workspace may take now."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.megabytes = LEAST

    def grow(self, megabytes: int) -> None:
        if megabytes > self.megabytes:
            self._take(megabytes)

    def _take(self, megabytes: int) -> None:
        self.megabytes = megabytes
        self._con.execute(f"SET memory_limit = '{megabytes}MB'")

    def settle(self, tables: Collection[str], rows: int) -> None:
        """Write the `rows` just staged to disk, and take what it takes to sort these tables."""
        # Before: where a checkpoint gets too little, the workspace is lost.
        self.grow(to_know(2 * rows) + _for_rows(rows))
        self._con.execute("CHECKPOINT")
        most, held = self.execute(self._con, _to_sort(tables)).fetchall()[0]
        if most:
            self.grow(max(LEAST, _SPARE + int(held)) + _for_rows(most))

    def execute(
        self, con: duckdb.DuckDBPyConnection, query: str, parameters: Parameters = ()
    ) -> duckdb.DuckDBPyConnection:
        """Run statements; where what was reckoned is too little, again with a quarter more.

        What ran out of memory did nothing: each statement is a transaction.
        """
        while True:
            try:
                return execute(con, query, parameters)
            except duckdb.OutOfMemoryException:
                if self.megabytes >= MOST:
                    raise
                self.grow(min(self.megabytes * 5 // 4, MOST))
                log.info("workspace.grew", megabytes=self.megabytes)
