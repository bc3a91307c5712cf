"""Whom the last observation of the target showed: kept beside the journal until the next.

For commands that are no run. It is scratch, like a workspace: deleting it is always safe.
"""

from datetime import datetime
from glob import escape
from itertools import starmap
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import msgspec

from syncd.errors import StoreError
from syncd.model.ownership import AccountOwner, Acquaintance
from syncd.workspace.workspace import Workspace

FILE = "observed.parquet"


class SightedAccount(msgspec.Struct, frozen=True):
    """An account of the target; `account` is our reference where it has one."""

    account: str
    client: str  # its id in the target
    name: str
    closed: bool
    owners: tuple[AccountOwner, ...]


def keep_sightings(workspace: Workspace, folder: Path, target: str, now: datetime) -> None:
    """Keep what was observed, in place of what was before; all must be matched."""
    draft = folder / f"{FILE}.draft"
    about = f"{{observed_at: '{now.isoformat()}', target: '{_quoted(target)}'}}"
    draft.unlink(missing_ok=True)
    workspace.execute(
        f"COPY (FROM sighted) TO '{_quoted(str(draft))}' (FORMAT parquet, KV_METADATA {about})"
    )
    try:
        draft.chmod(0o600)
        draft.replace(folder / FILE)
    except OSError as error:
        raise StoreError(draft, error.strerror or str(error)) from error


class Sightings:
    """The last observation of a target. Use as a context manager."""

    def __init__(self, path: Path, observed_at: datetime, con: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.observed_at = observed_at
        self._con = con

    @classmethod
    def open(cls, folder: Path, target: str) -> Self | None:
        """Open what is kept of `target`, None where nothing is; raises `StoreError`."""
        path = folder / FILE
        if not path.is_file():
            return None
        con = duckdb.connect()
        query = "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)"
        try:
            about = dict(con.execute(query, [escape(str(path))]).fetchall())
            con.execute("SET VARIABLE path = ?", [escape(str(path))])
        except duckdb.Error as error:
            con.close()
            reason = str(error).partition("\n")[0]
            raise StoreError(path, f"{reason}. Delete it, and run syncd plan.") from error
        if about.get("target") != target:
            con.close()
            return None
        return cls(path, datetime.fromisoformat(about["observed_at"]), con)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._con.close()

    def account(self, ref: str) -> SightedAccount | None:
        accounts = self._accounts("account = ?", ref)
        return accounts[0] if accounts else None

    def owned_by(self, email: str) -> list[SightedAccount]:
        """Give the accounts that a user owns, by their references."""
        within = f"account IN (SELECT account FROM {_SIGHTED} WHERE kind = 'account' AND email = ?)"
        return self._accounts(within, email)

    def acquaintance(self, email: str, account: str) -> Acquaintance:
        """Say what the target knew of somebody, seen from an account."""
        query = f"""
            SELECT DISTINCT kind FROM {_SIGHTED}
            WHERE email = ? AND (kind = 'user' OR (kind IN ('member', 'invited') AND account = ?))
        """
        known = {kind for (kind,) in self._con.execute(query, [email, account]).fetchall()}
        return next((each for each in Acquaintance if each in known), Acquaintance.STRANGER)

    def _accounts(self, where: str, *parameters: str) -> list[SightedAccount]:
        query = f"""
            SELECT account, client, name, closed,
                   list((email, user_id) ORDER BY email) FILTER (email <> '')
            FROM {_SIGHTED} WHERE kind = 'account' AND {where} GROUP BY ALL ORDER BY ALL
        """
        return [
            SightedAccount(
                account, client, name, closed, tuple(starmap(AccountOwner, owners or ()))
            )
            for account, client, name, closed, owners in self._con.execute(
                query, parameters
            ).fetchall()
        ]


_SIGHTED = "read_parquet(getvariable('path'))"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
