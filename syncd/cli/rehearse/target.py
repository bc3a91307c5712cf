"""The target side of a rehearsal: what was observed, in memory; then what the plan makes of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from syncd.cli.rehearse.legacy import Row, profile_columns
from syncd.journal.journal import Journal
from syncd.model.change import Change
from syncd.model.keys import account_key
from syncd.model.resources import Account, Contact, Membership, Observable, User
from syncd.ports import Observed, Receipt, TargetReader, TargetWriter
from syncd.targets.memory import MemoryTarget
from syncd.workspace.workspace import Workspace

_FREE = 10**9  # from here on for ids that are no numbers

_OBSERVED = "SELECT body, target_id, complete FROM observed"
_INSPECTED = "SELECT body FROM inspected"


class PasswordlessWriter(TargetWriter):
    """Lets no password be asked for: nobody needs one here, and hashes stay in their source."""

    def __init__(self, writer: TargetWriter) -> None:
        self._writer = writer

    def perform(self, change: Change) -> Receipt:
        if change.attach is not None:
            attach = msgspec.structs.replace(change.attach, password=None)
            change = msgspec.structs.replace(change, attach=attach)
        return self._writer.perform(change)


def as_observed(workspace: Workspace, reader: TargetReader) -> MemoryTarget:
    """Give a target in memory that holds what a plan has just observed of the real one.

    Asks the reader for the permissions that no plan needs: those of people who are not ours.
    """
    target = MemoryTarget(reader.name)
    decode = msgspec.json.Decoder(Observable).decode
    members: list[Observed] = []
    for body, target_id, complete in workspace.stream(_OBSERVED):
        match decode(body):
            case Account() as account:
                target.accounts[target_id] = account
            case User() as user:
                target.add_user(user, target_id)
            case Contact() as contact:
                target.contacts[target_id] = contact
            case Membership() as membership:
                members.append(Observed(membership, target_id, complete=complete))
    for account_ref, email in workspace.stream("SELECT account, email FROM ownerships"):
        target.owners[_id_of(account_ref)] = target.user_ids[email]
    for member in _with_permissions(members, workspace, reader):
        place = (target.user_ids[member.email], _id_of(member.account))
        target.members[place] = member.permissions
    return target


def accept(
    target: MemoryTarget, journal: Journal, names: Mapping[str, tuple[str, str]], now: datetime
) -> int:
    """Let everybody accept who is invited and may still do so; gives how many did."""
    accepted = 0
    for invite in journal.invites(now):
        client_id = journal.binding(account_key(invite.account))
        if client_id not in target.accounts or invite.gone or not invite.fresh:
            continue
        user = User(invite.email, *names.get(invite.email, ()))
        user_id = target.user_ids.get(invite.email) or target.add_user(user)
        if target.owners.get(client_id) != user_id and (user_id, client_id) not in target.members:
            target.members[user_id, client_id] = invite.permissions
            accepted += 1
    return accepted


def new_parts(
    target: MemoryTarget, names: Mapping[str, tuple[str, str]]
) -> Iterator[Mapping[str, list[Row]]]:
    """Yield what the target holds as data sets of a sandbox."""
    clients, users, contacts = (
        _numbers(table) for table in (target.accounts, target.users, target.contacts)
    )
    yield {"clients": [_client(clients[key], each) for key, each in target.accounts.items()]}
    yield {"users": [_user(users[key], each, names) for key, each in target.users.items()]}
    yield {
        "memberships": [
            *({"client_id": clients[client_id], "user_id": users[user_id], "owner": True}
              for client_id, user_id in target.owners.items()),
            *({"client_id": clients[client_id], "user_id": users[user_id],
               "permissions": list(held)}
              for (user_id, client_id), held in target.members.items()),
        ]
    }  # fmt: skip
    yield {
        "contacts": [
            _contact(contacts[key], clients[_id_of(each.account)], each)
            for key, each in target.contacts.items()
        ]
    }


def _with_permissions(
    members: Iterable[Observed], workspace: Workspace, reader: TargetReader
) -> Iterator[Membership]:
    decode = msgspec.json.Decoder(Membership).decode
    read = {each.key: each for each in (decode(body) for (body,) in workspace.stream(_INSPECTED))}
    unread = []
    for member in members:
        if member.complete or member.resource.key in read:
            yield read.get(member.resource.key) or _membership(member)
        else:
            unread.append(member)
    yield from map(_membership, reader.inspect(unread))


def _membership(member: Observed) -> Membership:
    return cast("Membership", member.resource)


def _id_of(ref: str) -> str:
    return ref.partition("/")[2]


def _numbers(table: Mapping[str, object]) -> Mapping[str, int]:
    return {
        key: int(key) if key.isdecimal() else _FREE + number for number, key in enumerate(table)
    }


def _client(number: int, account: Account) -> dict[str, Any]:
    return profile_columns(account.profile) | {
        "id": number,
        "email": account.email or account.owner,
        "status": account.status or "Active",
        "language": account.language,
    }


def _user(number: int, user: User, names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    first, last = (user.first_name, user.last_name)
    if not first and not last:
        first, last = names.get(user.email, ("", ""))
    row = {"id": number, "email": user.email, "language": user.language}
    return row | {"firstname": first, "lastname": last}


def _contact(number: int, client_id: int, contact: Contact) -> dict[str, Any]:
    return profile_columns(contact.profile) | {
        "id": number,
        "client_id": client_id,
        "email": contact.email,
        "email_preferences": dict.fromkeys(contact.preferences, True),
    }
