"""Both sides, read to their ends into the scratch file. Nothing is judged here."""

from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Literal

import msgspec

from syncd.errors import IncompleteRead
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import NONE
from syncd.model.policy import MappedAccount
from syncd.model.remembered import BoundKey
from syncd.model.resources import (
    PREFERENCES,
    Account,
    AccountRef,
    Contact,
    Invite,
    Membership,
    User,
    account_ref,
)
from syncd.ports import Invitation, InviteState, Observed, Ownership, Source, TargetReader
from syncd.verify.case import (
    Address,
    Client,
    Counterpart,
    ObservedMember,
    PendingInvitation,
    Row,
)
from syncd.verify.scratch import Scratch, ScratchSink
from syncd.verify.spelling import spelled_alike
from syncd.verify.unions import Unions

_encode = msgspec.json.Encoder().encode


def read_legacy(
    scratch: Scratch, sources: Iterable[Source], unions: Unions, taken: Mapping[str, str]
) -> None:
    """Take in clients and contacts, an address as the one it is `taken` for.

    Raises `IncompleteRead` also where a source has no client.
    """
    with scratch.sink("legacy") as sink:
        for source in sources:
            clients = 0
            for batch in source.extract():
                for values in batch.rows:
                    row = batch.table(*values)  # type: ignore[arg-type]
                    if not isinstance(row, LegacyClient | LegacyContact):
                        continue  # who logs in and who gets mail does not hang on it
                    clients += isinstance(row, LegacyClient)
                    spelling = spelled_alike(row.email)
                    email = taken.get(spelling, spelling)
                    _add_legacy(sink, email, row)
                    unions.see(email, row)
            if not clients:
                raise IncompleteRead(source.name, "it has no clients, so nothing can be certified")


def read_known(
    scratch: Scratch,
    mapping: Iterable[MappedAccount],
    bindings: Iterable[BoundKey],
    invites: Iterable[Invite],
) -> None:
    """Take in what config and journal know; of two bindings of an account the mapping's holds."""
    with scratch.sink("bindings") as sink:
        for ref, target_id in mapping:
            sink.add(ref, target_id, "2")
        for bound in bindings:
            if bound.key.startswith("account:"):
                sink.add(bound.key.removeprefix("account:"), bound.target_id, "1")
    with scratch.sink("sent") as sink:
        for invite in invites:
            sink.add(invite.account, invite.email, _invitation(invite))


def read_target(scratch: Scratch, reader: TargetReader) -> None:
    """Take in what the target shows; permissions of members come later, by `read_permissions`."""
    with scratch.sink("target") as sink, scratch.sink("users") as users:
        for sighting in reader.observe():
            if isinstance(sighting, Ownership):
                sink.add(sighting.account, sighting.email, "owner", "", "")
            elif isinstance(sighting, Invitation):
                _add_invitation(sink, sighting)
            elif isinstance(sighting.resource, User):
                users.add(sighting.resource.email, sighting.target_id)
            else:
                _add_target(sink, sighting, sighting.resource)


def read_permissions(scratch: Scratch, reader: TargetReader) -> None:
    """Ask what each member of an account that is judged may do; who has gone meanwhile is gone."""
    with scratch.sink("held") as sink:
        for seen in reader.inspect(_members(scratch)):
            _add_member(sink, seen.resource)
        for account, email, body in scratch.stream(_COMPLETE):
            sink.add(account, email, body)


_COMPLETE = """
    SELECT account, email, body FROM target
    WHERE kind = 'member' AND account IN (SELECT target FROM pairs)
"""


def _members(scratch: Scratch) -> Iterator[Observed]:
    query = """
        SELECT account, email, target_id FROM target
        WHERE kind = 'unread' AND account IN (SELECT target FROM pairs)
    """
    for account, email, target_id in scratch.stream(query):
        yield Observed(Membership(AccountRef(account), email, NONE), target_id, complete=False)


def _add_member(sink: ScratchSink, resource: object) -> None:
    if isinstance(resource, Membership):
        body = _encode(ObservedMember(resource.email, resource.permissions)).decode()
        sink.add(resource.account, resource.email, body)


def _add_legacy(sink: ScratchSink, email: str, row: LegacyClient | LegacyContact) -> None:
    account = account_ref(row.source, row.client_id)
    body: Client | Row
    kind: Literal["client", "contact"] = "client"
    status = ""
    if isinstance(row, LegacyClient):
        name = row.company or f"{row.first_name or ''} {row.last_name or ''}"
        status = row.status or ""
        body = Client(email, unescape(name).strip(), status)
    else:
        kind = "contact"
        mail = tuple(getattr(row, f"{category}_emails") for category in PREFERENCES)
        name = _name(row.first_name, row.last_name)
        body = Row(str(row.contact_id), email, name, row.subaccount, row.permissions, mail)
    spelled = (row.email or "").strip().lower()
    sink.add(account, email, spelled, kind, status, _encode(body).decode())


def _add_target(
    sink: ScratchSink, sighting: Observed, resource: Account | Membership | Contact | Invite
) -> None:
    match resource:
        case Account():
            body = _encode(Counterpart(resource.email, resource.status)).decode()
            sink.add(resource.ref, resource.email, "account", body, sighting.target_id)
        case Membership():
            body = _encode(ObservedMember(resource.email, resource.permissions)).decode()
            kind = "member" if sighting.complete else "unread"
            sink.add(resource.account, resource.email, kind, body, sighting.target_id)
        case Contact():
            name = _name(resource.profile.first_name, resource.profile.last_name)
            body = _encode(Address(resource.email, name, resource.preferences)).decode()
            sink.add(resource.account, resource.email, "address", body, sighting.target_id)
        case Invite():
            sink.add(resource.account, resource.email, "invitation", _invitation(resource), "")


def _add_invitation(sink: ScratchSink, shown: Invitation) -> None:
    """Keep one that waits, or waited in vain; nobody can accept the others any more."""
    if shown.state in (InviteState.PENDING, InviteState.EXPIRED):
        fresh = shown.state is InviteState.PENDING
        pending = PendingInvitation(shown.email, shown.permissions, fresh, listed=True)
        sink.add(shown.account, shown.email, "invitation", _encode(pending).decode(), "")


def _invitation(invite: Invite) -> str:
    return _encode(PendingInvitation(invite.email, invite.permissions, invite.fresh)).decode()


def _name(first: str | None, last: str | None) -> str:
    """Fold a name, which only finds a contact without an address again."""
    return " ".join(unescape(f"{first or ''} {last or ''}").lower().split())
