"""Writes through the companion: attaches people, withdraws invitations. Mails nobody.

Each call carries a key made of the change's intent, so that it may be sent again until an answer
comes, by this run or the next: the same key is the same effect, once.
"""

import hashlib
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property

from syncd.errors import (
    ActionRefused,
    ActionUnknown,
    AlreadyThere,
    CompanionUnusable,
    Conflict,
    NotFound,
    Rejected,
    Unsupported,
)
from syncd.model.attachment import Attachment
from syncd.model.change import Change
from syncd.model.resources import Invite, Membership
from syncd.ports import Bindings, InviteState, Receipt
from syncd.targets.whmcs import codec, companion_rows
from syncd.targets.whmcs.client import WhmcsClient
from syncd.targets.whmcs.companion import ATTACH, WITHDRAW, Companion
from syncd.targets.whmcs.companion_rows import Addresses
from syncd.targets.whmcs.reader import Rights
from syncd.wire.bodies import Reply
from syncd.wire.client import Param

_BY_HAND = (
    f"the API role does not allow {WITHDRAW}: tick it, or cancel the invitation on the client's "
    "Users tab"
)


class CompanionWriter:
    """The writing half of a `Companion` that the target was read with. For any thread.

    Where that is gone by now nobody is invited instead: raises `CompanionUnusable`.
    """

    def __init__(self, client: WhmcsClient, companion: Companion, bindings: Bindings) -> None:
        self._client = client
        self._companion = companion
        self._bindings = bindings
        self._rights = Rights(client)
        self._turn = threading.Lock()
        self._attached: set[str] = set()  # people who have a user by now

    def attach(
        self, change: Change, membership: Membership, attach: Attachment, client_id: str, owner: str
    ) -> Receipt:
        """Attach a person to an account that `owner` must own; raises `OwnerProtected` if not.

        Raises `Conflict` where the person is there already.
        """
        if not self._companion.attaches:
            raise CompanionUnusable(ATTACH, "the target was read without it")
        # Those of one person are written one after the other: only who makes the user needs it.
        known = membership.email in self._attached
        stored = None if known else self._bindings.password_hash(change)
        params: dict[str, Param] = {
            "client_id": client_id,
            "owner": owner,
            "email": membership.email,
            "firstname": attach.first_name,
            "lastname": attach.last_name,
            **({"language": attach.language} if attach.language else {}),
            # Whoever signed up since the plan looked is not attached: nobody compared the names.
            **({"user": "new"} if attach.makes_user and not known else {}),
            "permissions": codec.permission_param(membership.permissions),
        }
        try:
            reply = self._write(
                ATTACH, change, **params, **({"password_hash": stored} if stored else {})
            )
        except AlreadyThere as error:
            raise Conflict(change.key, None, error.message) from error
        user_id = codec.made(ATTACH, reply, "user_id")
        if reply.get("repeated") is True:
            # Done once: by a call whose answer was lost, or so long ago that it may be undone.
            held = self._rights.held(user_id, client_id)
            if held != membership.permissions:
                raise Conflict(change.key, membership.permissions, held)
        self._attached.add(membership.email)  # a user undone since is none: others may sign up
        return Receipt(confirmed=True, note=codec.warning(reply))

    def withdraw(self, change: Change, invite: Invite, client_id: str) -> Receipt:
        """Withdraw every pending invitation of this person to this account."""
        if not self._companion.withdraws:
            raise Unsupported(change.key, change.verb)
        with self._turn:
            numbers = self._pending.get((client_id, invite.email), ())
        if not numbers:
            raise Conflict(change.key, invite, None)
        for number in numbers:
            try:
                self._write(
                    WITHDRAW, change, invite_id=number, client_id=client_id, email=invite.email
                )
            except (AlreadyThere, NotFound) as error:
                raise Conflict(change.key, invite, error.message) from error
            except ActionRefused as error:  # all else goes on
                raise Rejected(WITHDRAW, _BY_HAND) from error
        return Receipt(confirmed=True)

    @cached_property
    def _pending(self) -> Mapping[tuple[str, str], list[str]]:
        """The ids of what can still be accepted, by client and address; read once a run."""
        pending: dict[tuple[str, str], list[str]] = defaultdict(list)
        with closing(Addresses()) as nobody:
            for row in self._companion.rows("invites"):
                listed = companion_rows.invitation("", self._companion.ability, nobody, row)
                if listed.state is InviteState.PENDING:
                    client_id = listed.account.removeprefix("/")
                    pending[client_id, listed.email].append(listed.target_id)
        return pending

    def _write(self, action: str, change: Change, **params: Param) -> Reply:
        intent = self._bindings.intent(change.key)
        # Several calls of one change are several effects.
        mark = f"{intent} {action} {params.get('invite_id', '')}"
        key = f"syncd:{hashlib.sha256(mark.encode()).hexdigest()[:40]}"
        try:
            return self._client.write_under_key(action, key=key, **params)
        except ActionUnknown as error:
            said = f"it was there when the target was read; now {action} gets {error.message!r}"
            raise CompanionUnusable(action, said) from error
