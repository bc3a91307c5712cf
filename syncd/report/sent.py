"""Invitations that were sent before this run, with whom to ask about them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from syncd.model.legacy import LegacyClient
from syncd.model.resources import Invite
from syncd.workspace.workspace import Workspace

_PHONE = f"k.body ->> '$[{LegacyClient.__struct_fields__.index('phone')}]'"
_SENT = f"""
    SELECT coalesce(i.body, r.body), NOT m.invite,
           coalesce(s.detail, ''), coalesce(k.label, ''), coalesce(k.name, ''),
           CASE WHEN starts_with(k.identity, ' ') THEN '' ELSE coalesce(k.identity, '') END,
           coalesce({_PHONE}, '')
    FROM remembered_invites r FULL JOIN invites i USING (key) JOIN matched m USING (key)
    LEFT JOIN (SELECT scope, min(detail) AS detail FROM findings
               WHERE code = 'unexpected_member' AND answer = '' GROUP BY scope) s ON s.scope = key
    LEFT JOIN clients k ON k.source || '/' || k.client_id = coalesce(i.account, r.account)
    ORDER BY key
"""


def sent(workspace: Workspace) -> Iterator[tuple[Any, ...]]:
    """Yield every invitation the journal or the target remembers, by account and address.

    Each as (invite, whether it was accepted, who else has or may have accepted it, name of the
    account, then name, address and phone of its client). The matching must be settled,
    and whoever is on the suppression list dropped from it: they are told of nowhere.
    """
    decode = msgspec.json.Decoder(Invite).decode
    for body, *rest in workspace.stream(_SENT):
        yield decode(body), *rest
