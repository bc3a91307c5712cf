"""Whom a plan is about, person by person, from the files in its folder alone.

What one table says of a login and what another does meet in the order of their keys, and the engine
sorts one table at a time: so memory does not grow with the people.
"""

import csv
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from syncd.decide.rules import Rule, rule_in
from syncd.errors import PlanUnusable
from syncd.model.keys import membership_key
from syncd.model.lettering import (
    Addressee,
    Correspondent,
    Other,
    Place,
    PlaceStanding,
    is_mailable,
    person,
)
from syncd.model.permission import Permissions
from syncd.model.verdict import Word
from syncd.report import tables, words
from syncd.report.cells import original
from syncd.workspace.merge import along
from syncd.workspace.workspace import Workspace

_MEMORY = 96  # MB
_SHOWN = 20  # others on an account that its owner's letter names
# Whom the letter of an owner names, those first who are left to the owner.
_NAMED = (
    PlaceStanding.BY_OWNER,
    PlaceStanding.INVITED,
    PlaceStanding.ATTACHED,
    PlaceStanding.MEMBER,
    PlaceStanding.ASKED,
    PlaceStanding.LATER,
)
_OWNER, _LOGIN, _CONTACT = range(3)  # in this order the places of a person
_RANKS = {"owner": _OWNER, "login": _LOGIN}
_PENDING = ("waiting", "expiring", "unconfirmed")

Cells = Mapping[str, str]


def people(workspace: Workspace, folder: Path) -> Iterator[Correspondent]:
    """Yield each person that the plan in a folder is about, by address, without holding them.

    Nothing but the folder is read; the workspace, new and empty, sorts. Raises `PlanUnusable`.
    """
    workspace.allowance.grow(_MEMORY)
    _take_in(workspace, folder)
    _weigh_logins(workspace, folder)
    by_person = groupby(_places(workspace), key=lambda pair: pair[0])
    choosers = (
        (cells["email"], True)
        for cells in _rows(folder, tables.CHOOSERS.file)
        if cells["new"] == "yes"
    )
    for email, rows, (new,) in along(by_person, choosers):
        places = [place for _, place in rows]
        yield person(email, places, chooses=bool(new))


# --- from the tables of the plan into the workspace -------------------------------------------


def _take_in(workspace: Workspace, folder: Path) -> None:
    with workspace.sink("letter_people") as sink:
        for cells in _rows(folder, tables.PEOPLE.file):
            known = (cells[name] for name in Addressee.__struct_fields__)
            sink.add((*known, _RANKS.get(cells["role"], _CONTACT)))
    with workspace.sink("letter_changes") as sink:
        for cells in _rows(folder, tables.CHANGES.file):
            if cells["kind"] == "membership" or cells["verdict"] == Word.HOLD:
                sink.add([cells[name] for name in ("key", "verb", "verdict", "rule")])


def _rows(folder: Path, file: str) -> Iterator[Cells]:
    path = folder / file
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                yield {name: original(value) for name, value in row.items()}
    except OSError as error:
        raise PlanUnusable(path, error.strerror or str(error)) from error


# --- logins: what the plan does for each ------------------------------------------------------


class _MembershipChange(msgspec.Struct, frozen=True):
    key: str
    verb: str
    verdict: str
    rule: str


_UNCHANGED = _MembershipChange("", "", "", "")
_CHANGES = """
    SELECT key, verb, verdict, rule FROM letter_changes
    WHERE kind_of(key) = 'membership' ORDER BY key
"""


def _weigh_logins(workspace: Workspace, folder: Path) -> None:
    """Note what the plan does for each login; all these tables are in the order of keys."""
    changes = ((change.key, change) for change in workspace.values(_MembershipChange, _CHANGES))
    pending = (cells for cells in _rows(folder, tables.SENT.file) if cells["state"] in _PENDING)
    streams = (
        changes,
        _by_key(_rows(folder, tables.MAILS.file)),
        _by_key(pending),
    )
    with workspace.sink("letter_logins") as sink:
        for _, cells, (changed, mailed, asked) in along(
            _by_key(_rows(folder, tables.ACCESS.file)), *streams
        ):
            change = changed[0] if changed else _UNCHANGED
            standing, why = _standing(cells, change, mailed=bool(mailed), asked=bool(asked))
            place = (cells["account"], cells["email"], standing, why, cells["state"] == "owner")
            sink.add((*place, cells["before"], cells["after"], cells["password_after"]))


def _by_key(rows: Iterator[Cells]) -> Iterator[tuple[str, Cells]]:
    for cells in rows:
        yield membership_key(cells["account"], cells["email"]), cells


_BY_RULE = {
    Rule.WAVE: PlaceStanding.LATER,
    Rule.SILENT_WAVE: PlaceStanding.LATER,
    Rule.CUTOVER: PlaceStanding.BY_OWNER,
}


def _standing(  # noqa: PLR0911 (a line a standing)
    cells: Cells, change: _MembershipChange, *, mailed: bool, asked: bool
) -> tuple[PlaceStanding, str]:
    """Say what a plan does for a login, and why it does nothing."""
    rule = rule_in(change.rule)
    if cells["state"] == "excluded":
        return PlaceStanding.EXCLUDED, words.why(cells["why"])
    if rule in _BY_RULE:
        return _BY_RULE[rule], words.why(change.rule)
    if cells["state"] == "waits":
        return PlaceStanding.HELD, words.why(cells["why"])
    if change.verdict == Word.APPLY and change.verb == "remove":
        return PlaceStanding.REMOVED, cells["why"]
    if change.verdict == Word.APPLY and change.verb == "add":
        return (PlaceStanding.INVITED if mailed else PlaceStanding.ATTACHED), ""
    if asked:
        return PlaceStanding.ASKED, "was invited before, and has not accepted yet"
    if not cells["after"]:
        return PlaceStanding.EXCLUDED, words.why(cells["why"])
    return PlaceStanding.MEMBER, "has this access already"


# --- and out again, place by place ------------------------------------------------------------


class _PlaceRow(Addressee, frozen=True):
    """A row of people.csv, and the rule that holds what it hangs on, if any does."""

    rank: int
    rule: str


class _WeighedLogin(msgspec.Struct, frozen=True):
    account: str
    email: str
    standing: str
    why: str
    owns: bool
    before: str
    after: str
    login: str


class _OwnedRow(_WeighedLogin, frozen=True):
    owner: str


_PLACES = f"""
    SELECT p.*, coalesce(c.rule, '') AS rule
    FROM letter_people p
    LEFT JOIN (SELECT key, rule FROM letter_changes WHERE kind_of(key) <> 'membership') c
           ON c.key = CASE p.rank WHEN {_OWNER} THEN account_key(p.account)
                                  WHEN {_CONTACT} THEN contact_key(p.contact_id) END
    ORDER BY p.email, p.rank, p.account, p.contact_id
"""
_LOGINS = "FROM letter_logins ORDER BY email, account"
_OWNED = f"""
    SELECT p.email AS owner, l.*
    FROM letter_logins l
    JOIN (SELECT account, email FROM letter_people WHERE rank = {_OWNER}) p
      ON p.account = l.account AND p.email <> l.email
    ORDER BY p.email, l.account, l.email
"""


def _places(workspace: Workspace) -> Iterator[tuple[str, Place]]:
    """Yield address and place, those of one address together."""
    rows = (
        (_key(row.email, row.rank, row.account, row.contact_id), row)
        for row in workspace.values(_PlaceRow, _PLACES)
    )
    logins = (
        (_key(row.email, _LOGIN, row.account), row)
        for row in workspace.values(_WeighedLogin, _LOGINS)
    )
    owned = (
        (_key(row.owner, _OWNER, row.account), row) for row in workspace.values(_OwnedRow, _OWNED)
    )
    for _, row, (own, others) in along(rows, logins, owned):
        if row.rank == _OWNER:
            yield row.email, _owners_place(row, others)
        elif row.rank == _CONTACT:
            standing, why = _promised(row, PlaceStanding.CONTACT)
            yield row.email, _place(row, standing, why)
        elif own and not own[0].owns:  # who owns the account is there as its owner already
            yield row.email, _login_place(row, own[0])


def _key(email: str, rank: int, account: str, contact_id: str = "") -> str:
    return "\0".join((email, str(rank), account, contact_id))


def _promised(row: _PlaceRow, standing: PlaceStanding) -> tuple[PlaceStanding, str]:
    """Give the standing of an owner or contact, or why nothing may be promised."""
    if not is_mailable(row.email):
        return PlaceStanding.HELD, words.why("contact_address_invalid")
    held = row.why or row.rule
    return (PlaceStanding.HELD, words.why(held)) if held else (standing, "")


def _owners_place(row: _PlaceRow, others: list[_OwnedRow]) -> Place:
    standing, why = _promised(row, PlaceStanding.OWNS)
    named = [_other(each) for each in others if each.standing in _NAMED]
    named.sort(key=lambda other: _NAMED.index(other.standing))
    return _place(
        row,
        standing,
        why,
        # Of a user that is made for an owner, nobody knows the password.
        login="kept" if row.has_user == "yes" else "reset",
        others=tuple(named[:_SHOWN]),
        more=max(0, len(named) - _SHOWN),
    )


def _login_place(row: _PlaceRow, login: _WeighedLogin) -> Place:
    return _place(
        row,
        PlaceStanding(login.standing),
        login.why,
        login=login.login,
        before=_keys(login.before),
        permissions=_keys(login.after),
    )


def _place(row: _PlaceRow, standing: PlaceStanding, why: str, **more: Any) -> Place:
    return Place(
        account=row.account,
        account_name=row.account_name,
        role=row.role,
        standing=standing,
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        why=why,
        **more,
    )


def _other(row: _OwnedRow) -> Other:
    standing = PlaceStanding(row.standing)
    keys = row.before if standing is PlaceStanding.BY_OWNER else row.after
    return Other(row.email, _keys(keys), standing)


def _keys(joined: str) -> Permissions:
    return tuple(joined.split())
