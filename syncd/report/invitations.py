"""Invitations that were sent before, in the report: what became of them, and whom to phone."""

import msgspec

from syncd.model.permission import Permissions


class Sent(msgspec.Struct, frozen=True):
    """An invitation that was sent before, and whom to phone about it: the account's client.

    `state` is a `Life` of core/invitations, `times` how many were sent in a row.
    """

    state: str
    email: str
    account: str
    account_name: str
    permissions: Permissions
    sent_at: str
    expires_at: str
    times: int
    client: str
    client_email: str
    client_phone: str
    why: str = ""


class InvitationFacts(msgspec.Struct, frozen=True):
    states: dict[str, int] = {}  # see `words.LIVES` -> invitations
    sample: tuple[Sent, ...] = ()  # of those for which somebody should phone
