"""Whom a plan is about, person by person, from the files in its folder alone."""

import csv
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import msgspec

from syncd.decide.rules import Rule, rule_in
from syncd.errors import PlanUnusable
from syncd.model.lettering import Addressee, Other, Person, Place, Standing, person
from syncd.model.permission import Permissions
from syncd.model.verdict import Word
from syncd.report import tables, words
from syncd.report.cells import original
from syncd.workspace.merge import along
from syncd.workspace.workspace import Workspace

_SHOWN = 20  # others on an account that its owner's letter names
# Whom the letter of an owner names, those first who are left to the owner.
_NAMED = (
    Standing.BY_OWNER,
    Standing.INVITED,
    Standing.ATTACHED,
    Standing.MEMBER,
    Standing.ASKED,
    Standing.LATER,
)
_RANKS = {"owner": 0, "login": 1}
_PENDING = ("waiting", "expiring", "unconfirmed")

Cells = Mapping[str, str]


def people(workspace: Workspace, folder: Path) -> Iterator[Person]:
    """Yield each person that the plan in a folder is about, by address, without holding them.

    Nothing but the folder is read; the workspace, new and empty, sorts. Raises `PlanUnusable`.
    """
    _take_in(workspace, folder)
    # What a join cannot hold within this, the engine puts on disk.
    workspace.execute(f"SET memory_limit = '{_MEMORY}MB'")
    for email, rows in groupby(_places(workspace), key=lambda pair: pair[0]):
        yield person(email, [place for _, place in rows])


_MEMORY = 192


# --- from the tables of the plan into the workspace -------------------------------------------


def _take_in(workspace: Workspace, folder: Path) -> None:
    with workspace.sink("letter_people") as sink:
        for row in _rows(folder, tables.PEOPLE.file):
            known = (row[name] for name in Addressee.__struct_fields__)
            sink.add((*known, _RANKS.get(row["role"], 2)))
    with workspace.sink("letter_logins") as sink:
        for row in _rows(folder, tables.ACCESS.file):
            names = ("account", "email", "state", "why", "before", "after", "password_after")
            sink.add([row[name] for name in names])
    with workspace.sink("letter_changes") as sink:
        for row in _rows(folder, tables.CHANGES.file):
            if row["kind"] == "membership" or row["verdict"] == Word.HOLD:
                sink.add([row[name] for name in ("key", "verb", "verdict", "rule")])
    marks: tuple[tuple[str, str, Callable[[Cells], tuple[str, str] | None]], ...] = (
        ("mailed", tables.MAILS.file, _where),
        ("asked", tables.SENT.file, lambda row: _where(row) if row["state"] in _PENDING else None),
        ("chooser", tables.CHOOSERS.file, _new_chooser),
    )
    with workspace.sink("letter_marks") as sink:
        for mark, file, place_of in marks:
            for row in _rows(folder, file):
                place = place_of(row)
                if place:
                    sink.add((mark, *place))


def _where(row: Cells) -> tuple[str, str]:
    return row["account"], row["email"]


def _new_chooser(row: Cells) -> tuple[str, str] | None:
    return ("", row["email"]) if row["new"] == "yes" else None


def _rows(folder: Path, file: str) -> Iterator[Cells]:
    path = folder / file
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                yield {name: original(value) for name, value in row.items()}
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error


# --- and out again, person by person ----------------------------------------------------------


class _Login(msgspec.Struct, frozen=True):
    """A login on an account, the change of it that the plan has, and its marks."""

    account: str
    email: str
    state: str
    login_why: str
    before: str
    after: str
    login: str
    verb: str
    verdict: str
    rule: str
    mailed: bool
    asked: bool


class _Row(_Login, frozen=True):
    role: str
    account_name: str
    contact_id: str
    has_user: str
    first_name: str
    last_name: str
    language: str
    why: str
    rank: int
    chooser: bool


class _OwnedRow(_Login, frozen=True):
    owner: str


_LOGIN = """
    coalesce(l.state, '') AS state, coalesce(l.why, '') AS login_why,
    coalesce(l.before, '') AS before, coalesce(l.after, '') AS after,
    coalesce(l.login, '') AS login, coalesce(c.verb, '') AS verb,
    coalesce(c.verdict, '') AS verdict, coalesce(c.rule, '') AS rule,
    m.email IS NOT NULL AS mailed, s.email IS NOT NULL AS asked
"""
_MARKED = "SELECT DISTINCT account, email FROM letter_marks WHERE mark ="
_PLACES = f"""
    SELECT p.*, {_LOGIN}, h.email IS NOT NULL AS chooser
    FROM letter_people p
    LEFT JOIN letter_logins l
           ON p.role = 'login' AND l.account = p.account AND l.email = p.email
    LEFT JOIN letter_changes c
           ON c.key = CASE p.role WHEN 'owner' THEN account_key(p.account)
                                  WHEN 'login' THEN membership_key(p.account, p.email)
                                  ELSE contact_key(p.contact_id) END
    LEFT JOIN ({_MARKED} 'mailed') m ON m.account = p.account AND m.email = p.email
    LEFT JOIN ({_MARKED} 'asked') s ON s.account = p.account AND s.email = p.email
    LEFT JOIN ({_MARKED} 'chooser') h ON h.email = p.email
    ORDER BY p.email, p.rank, p.account, p.contact_id
"""
_OWNED = f"""
    SELECT p.email AS owner, l.account, l.email, {_LOGIN}
    FROM letter_people p JOIN letter_logins l ON l.account = p.account AND l.email <> p.email
    LEFT JOIN letter_changes c ON c.key = membership_key(l.account, l.email)
    LEFT JOIN ({_MARKED} 'mailed') m ON m.account = l.account AND m.email = l.email
    LEFT JOIN ({_MARKED} 'asked') s ON s.account = l.account AND s.email = l.email
    WHERE p.role = 'owner'
    ORDER BY p.email, l.account, l.email
"""


def _places(workspace: Workspace) -> Iterator[tuple[str, Place]]:
    """Yield address and place, those of one address together."""
    rows = (
        (_key(row.email, row.rank, row.account, row.contact_id), row)
        for row in workspace.values(_Row, _PLACES)
    )
    owned = (
        (_key(row.owner, _RANKS["owner"], row.account), row)
        for row in workspace.values(_OwnedRow, _OWNED)
    )
    for _, row, (others,) in along(rows, owned):
        if not (row.role == "login" and row.state == "owner"):  # is there as the owner already
            yield row.email, _place(row, others)


def _key(email: str, rank: int, account: str, contact_id: str = "") -> str:
    return "\0".join((email, str(rank), account, contact_id))


def _place(row: _Row, others: list[_OwnedRow]) -> Place:
    standing, why = _standing(row)
    named = sorted(filter(None, map(_other, others)), key=lambda each: _NAMED.index(each.standing))
    return Place(
        account=row.account,
        account_name=row.account_name,
        role=row.role,
        standing=standing,
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        login=_login(row),
        before=_keys(row.before),
        permissions=_keys(row.after),
        others=tuple(named[:_SHOWN]),
        more=max(0, len(named) - _SHOWN),
        chooser=row.chooser,
        why=why,
    )


def _login(row: _Row) -> str:
    """Give what becomes of the password; that of an owner whose user is made is nobody's."""
    if row.role == "owner":
        return "kept" if row.has_user == "yes" else "reset"
    return row.login


def _standing(row: _Row) -> tuple[Standing, str]:
    if row.role == "login":
        return _standing_of_login(row)
    if row.why:
        return Standing.HELD, words.why(row.why)
    if row.verdict == Word.HOLD:
        return Standing.HELD, words.why(row.rule)
    return (Standing.OWNS if row.role == "owner" else Standing.CONTACT), ""


_BY_RULE = {
    Rule.WAVE: Standing.LATER,
    Rule.SILENT_WAVE: Standing.LATER,
    Rule.CUTOVER: Standing.BY_OWNER,
}


def _standing_of_login(row: _Login) -> tuple[Standing, str]:  # noqa: PLR0911 (a line a standing)
    rule = rule_in(row.rule)
    if row.state == "excluded":
        return Standing.EXCLUDED, row.login_why
    if rule in _BY_RULE:
        return _BY_RULE[rule], words.why(row.rule)
    if row.state == "waits":
        return Standing.HELD, words.why(row.login_why)
    if row.verdict == Word.APPLY and row.verb == "remove":
        return Standing.REMOVED, row.login_why
    if row.verdict == Word.APPLY and row.verb == "add":
        return (Standing.INVITED if row.mailed else Standing.ATTACHED), ""
    if row.asked:
        return Standing.ASKED, "was invited before, and has not accepted yet"
    if not row.after:
        return Standing.EXCLUDED, row.login_why
    return Standing.MEMBER, "has this access already"


def _other(row: _OwnedRow) -> Other | None:
    standing, _ = _standing_of_login(row)
    if standing not in _NAMED:
        return None
    keys = _keys(row.before if standing is Standing.BY_OWNER else row.after)
    return Other(row.email, keys, standing)


def _keys(joined: str) -> Permissions:
    return tuple(joined.split())
