"""What the target gives beyond the legacy rows, where no change of a plan would show it.

Findings alone: a plan that says nothing of these would be blind for what `verify` fails. Those of
whole accounts stand in the scope of the account, where they hold no change of a person.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from syncd.model.finding import Finding
from syncd.model.keys import account_key, parts_of
from syncd.model.permission import excess
from syncd.model.policy import AccountRule, MappedAccount
from syncd.workspace.workspace import Workspace

Shown = Callable[[str], str]

# What is there on a paired account and none of ours.
_THEIRS = """
    (FROM matched ANTI JOIN desired USING (key) ANTI JOIN applied USING (key)
     WHERE kind = '{kind}' AND account IN (SELECT ref FROM account_pairs))
"""


def gains(
    workspace: Workspace,
    shown: Shown,
    matches: Mapping[str, AccountRule],
    mapping: Iterable[MappedAccount],
) -> Iterator[Finding]:
    """Yield findings on what nobody had in the legacy system; the matching must be settled.

    `shown` words an address for people; `matches` and `mapping` say which account of the target a
    closed one would be, which is not matched where it is left out.
    """
    if not workspace.has("observed"):
        return
    yield from _addresses(workspace, shown)
    yield from _owners(workspace, shown)
    yield from _open_again(workspace, matches, mapping)
    yield from _members(workspace)
    yield from _recipients(workspace)
    yield from _moved_contacts(workspace)
    if workspace.has("remembered_invites") or workspace.has("invitations"):
        yield from _invitations(workspace, shown)


# --- whole accounts -------------------------------------------------------------------------

# Of rows that name no usable address, or a new one, `owners` says all there is to say where the
# account's address is that of its owner.
_ADDRESSES = """
    SELECT key, d.account, coalesce(d.body ->> '$.email', '') AS wanted,
           m.body ->> '$.email' AS there
    FROM desired d JOIN matched m USING (key)
    WHERE d.kind = 'account' AND there <> '' AND wanted <> there
      AND NOT (there = m.email
          AND key IN (SELECT scope FROM findings WHERE code IN ('owner_kept', 'client_renamed')))
    ORDER BY key
"""


def _addresses(workspace: Workspace, shown: Shown) -> Iterator[Finding]:
    for key, ref, legacy, observed in workspace.stream(_ADDRESSES):
        detail = f"{shown(legacy) if legacy else 'no address'} / {shown(observed)}"
        yield Finding("account_address", key, ref, detail=detail)


_OWNERS = """
    SELECT p.ref, array_agg(w.email ORDER BY w.email)
    FROM ownerships w JOIN account_pairs p ON p.target_account = w.account
    GROUP BY p.ref HAVING count(*) > 1 ORDER BY p.ref
"""


def _owners(workspace: Workspace, shown: Shown) -> Iterator[Finding]:
    for ref, owners in workspace.stream(_OWNERS):
        detail = ", ".join(map(shown, owners))
        yield Finding("several_owners", account_key(ref), ref, detail=detail)


_OPEN_AGAIN = """
    WITH closed AS (
        SELECT ref_of(source, client_id) AS ref, source, client_id::TEXT AS number,
               address_of(identity) AS email
        FROM clients WHERE closed
    ), there AS (
        SELECT target_id, body ->> '$.email' AS email, body ->> '$.status' AS status,
               target_id IN (SELECT target_id FROM account_pairs) AS taken
        FROM observed WHERE kind = 'account' AND lower(trim(status)) <> 'closed'
    ), pairs AS (
        SELECT ref, target_id FROM account_pairs
        UNION SELECT unnest($1::TEXT[]), unnest($2::TEXT[])
        UNION SELECT c.ref, t.target_id FROM closed c JOIN there t ON t.target_id = c.number
              WHERE list_contains($3, c.source) AND NOT t.taken
        UNION SELECT c.ref, t.target_id FROM closed c JOIN there t ON t.email = c.email
              WHERE list_contains($4, c.source) AND NOT t.taken AND c.email <> ''
    )
    SELECT ref, array_agg(t.status || ' as ' || target_id ORDER BY target_id)
    FROM closed c JOIN pairs USING (ref) JOIN there t USING (target_id)
    GROUP BY ref ORDER BY ref
"""


def _open_again(
    workspace: Workspace,
    matches: Mapping[str, AccountRule],
    mapping: Iterable[MappedAccount],
) -> Iterator[Finding]:
    named = list(mapping)
    refs, ids = [ref for ref, _ in named], [target_id for _, target_id in named]
    same_id = [source for source, rule in matches.items() if rule == "same-id"]
    email = [source for source, rule in matches.items() if rule == "email"]
    if not workspace.scalar("SELECT count(*) FROM clients WHERE closed"):
        return
    for ref, places in workspace.stream(_OPEN_AGAIN, [refs, ids, same_id, email]):
        yield Finding("closed_account_open", account_key(ref), ref, detail=", ".join(places))


# --- people and contacts --------------------------------------------------------------------

_MEMBERS = f"""
    SELECT key, account, email FROM {_THEIRS.format(kind="membership")} WHERE NOT invite
    ORDER BY key
"""


def _members(workspace: Workspace) -> Iterator[Finding]:
    for key, ref, email in workspace.stream(_MEMBERS):
        yield Finding("member_added", key, ref, email=email)


_RECIPIENTS = f"""
    SELECT key, account, email, array_to_string(body ->> '$.preferences[*]', ', ') AS mail
    FROM {_THEIRS.format(kind="contact")} WHERE email <> '' AND mail <> ''
    ORDER BY key
"""


def _recipients(workspace: Workspace) -> Iterator[Finding]:
    for key, ref, email, mail in workspace.stream(_RECIPIENTS):
        yield Finding("recipient_added", key, ref, email=email, detail=mail)


_MOVED = """
    SELECT key, d.account, d.email, m.account FROM desired d JOIN matched m USING (key)
    WHERE d.kind = 'contact' AND m.account <> d.account ORDER BY key
"""


def _moved_contacts(workspace: Workspace) -> Iterator[Finding]:
    for key, ref, email, place in workspace.stream(_MOVED):
        contact_id = parts_of(key).contact_id
        yield Finding("contact_moved", key, ref, contact_id, email, f"{ref} / {place}")


# --- pending invitations --------------------------------------------------------------------

# Every one that waits, also a second one to the same person: each can be accepted, by anybody. One
# of the journal's whose person is there now was accepted. One of ours that is no longer wanted has
# a change of its own.
_PENDING = """
    WITH pending AS (
        SELECT i.account, i.email, i.body FROM invites i JOIN matched m USING (key)
        LEFT JOIN matched o ON o.key = account_key(i.account)
        WHERE i.fresh AND m.invite AND i.email IS DISTINCT FROM o.email
        UNION
        SELECT p.ref, i.email, i.body
        FROM invitations i JOIN account_pairs p ON p.target_account = i.account
        WHERE i.state = 'pending'
    )
    SELECT DISTINCT i.account, i.email, i.body ->> '$.permissions[*]' AS gives,
           d.body ->> '$.permissions[*]' AS wanted, i.email = o.email AS owns
    FROM pending i
    LEFT JOIN desired d ON d.key = membership_key(i.account, i.email)
    LEFT JOIN matched o ON o.key = account_key(i.account)
    WHERE i.account IN (SELECT ref FROM account_pairs)
      AND (d.key IS NOT NULL OR membership_key(i.account, i.email) NOT IN (
          SELECT key FROM applied JOIN matched m USING (key) WHERE m.invite))
    ORDER BY ALL
"""


def _invitations(workspace: Workspace, shown: Shown) -> Iterator[Finding]:
    for ref, email, gives, wanted, owns in workspace.stream(_PENDING):
        needless = wanted is None or owns
        gained = excess(gives, () if needless else wanted)
        if gained or needless:
            who, words = shown(email), ", ".join(gained) or "no permission"
            named = email if who == email else ""
            yield Finding(
                "invitation_wider", account_key(ref), ref, email=named, detail=f"{who}: {words}"
            )
