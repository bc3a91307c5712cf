"""Users of the target who have an address of ours, and may be somebody else (T-05, T-07, T-56).

Equal addresses prove no identity: a mailbox may have been given away, or be shared. Between legacy
rows convert raises that doubt; here it is raised for a name that only the target knows.

By invitation the mailbox decides who joins. In silence nobody asks it, nor does anybody where an
account is made for its owner; and anybody may sign up with somebody else's address. So there the
target must say that a user's address is verified, and both sides must have a name; unless it was
syncd that gave the user what he has.

A user whom syncd made may have the password of a legacy row, which the holder of that row's account
may know. It opens whatever its user has: also what he would get by another holder's row (T-08).
"""

from collections.abc import Callable, Iterator

import msgspec

from syncd.model.attachment import CarriedPassword
from syncd.model.finding import Finding
from syncd.model.names import same_person
from syncd.model.policy import Policy
from syncd.model.resources import User
from syncd.model.text import clean
from syncd.workspace.workspace import Workspace

# What would give a user of the target something new, and the names our rows have for the person:
# of an account its owner's; of a membership those of all the person's rows, since convert asks
# where these differ among themselves. An invitation gives nothing before it is accepted, nor does
# another after it; but once it is not waited for any more, silence would attach without a mail.
# Where a run is taken back, its contacts are not desired, but named all the same.
# Proof of an address is that the target had it verified, or that its user accepted an invitation
# mailed to it. Neither speaks for one that the user took since (`renamed`): whether a target
# then takes the proof of the former one away is not documented. `held` is what the user has by the
# journal already; a contact is no access.
_GIVEN = """
    WITH names AS (
        SELECT account_key(ref_of(source, client_id)) AS key, identity AS email, name, closed
        FROM clients WHERE NOT erased
        UNION ALL
        SELECT l.key, l.identity, concat_ws(' ', c.body ->> '$.profile.first_name',
                                            c.body ->> '$.profile.last_name'), FALSE
        FROM logins l
        JOIN converted c ON c.key = contact_key(ref_of(source_in(l.account), l.contact_id))
    ), waiting AS (
        SELECT key FROM matched
        WHERE invite AND (?::BOOLEAN OR ((body ->> '$.fresh')::BOOLEAN
          AND coalesce((body ->> '$.confirmed')::BOOLEAN, TRUE)))
    ), renamed AS (
        SELECT u.email FROM observed u JOIN remembered_people p USING (target_id)
        WHERE u.kind = 'user' AND p.email <> u.email
    ), proven AS (
        SELECT email FROM observed WHERE kind = 'user' GROUP BY email HAVING bool_and(verified)
        UNION SELECT email FROM invitations WHERE state = 'accepted' AND accepted_by = email
    ), holding AS (
        SELECT m.email, array_agg(m.key ORDER BY m.key) AS keys
        FROM matched m JOIN applied USING (key)
        WHERE NOT m.invite AND m.kind <> 'contact' GROUP BY m.email
    )
    SELECT d.key, d.kind, d.account, d.email, u.body,
           d.email IN (FROM proven) AND d.email NOT IN (FROM renamed) AS proven,
           coalesce(any_value(h.keys) FILTER (d.email NOT IN (FROM renamed)), []) AS held,
           array_agg(DISTINCT n.name ORDER BY n.name) AS names,
           d.email IN (SELECT email FROM carried)
             AND (d.email, d.account) NOT IN (SELECT (email, account) FROM carried) AS carried
    FROM desired d
    JOIN matched u ON u.kind = 'user' AND u.email = d.email
    JOIN names n ON n.email = d.email
     AND (n.key = d.key OR (d.kind = 'membership' AND NOT n.closed))
    LEFT JOIN holding h ON h.email = d.email
    WHERE d.kind IN ('account', 'membership')
      AND d.key NOT IN (SELECT key FROM matched WHERE NOT invite UNION ALL FROM waiting)
    GROUP BY d.key, d.kind, d.account, d.email, u.body ORDER BY d.key
"""

# Whether any user who is there lacks what is desired: asked first, as it takes an eighth of what
# gives it. On a quiet night none does.
_ANY_LACKING = """
    SELECT count(*) FROM desired d JOIN matched u ON u.kind = 'user' AND u.email = d.email
    WHERE d.kind IN ('account', 'membership')
      AND d.key NOT IN (SELECT key FROM matched WHERE NOT invite)
"""
# Whether any user who is there may get anything.
_ANY_GIVEN = """
    SELECT count(*) FROM differing f JOIN desired d USING (key)
    JOIN matched u ON u.kind = 'user' AND u.email = d.email
    WHERE f.wanted AND d.kind IN ('account', 'membership')
"""


class _Given(msgspec.Struct, frozen=True):
    """What a user who is there would get."""

    key: str
    kind: str
    account: str
    email: str
    body: str
    proven: bool
    held: list[str]
    names: list[str]
    carried: bool


class GivenBefore(msgspec.Struct, frozen=True):
    """What syncd gave to whom, as the journal knows it."""

    added: Callable[[str, str], bool]  # whether syncd made what has a key, for an address
    carried: Callable[[], Iterator[CarriedPassword]]


def namesakes(
    workspace: Workspace, policy: Policy, by_syncd: GivenBefore | None
) -> Iterator[Finding]:
    """Yield a review of each account and membership that a user would get who may be another.

    `by_syncd` is None where a run is taken back: what it took from a user goes back to the user of
    that name. The matching must be settled.
    """
    if not (workspace.has("observed") and workspace.scalar(_ANY_LACKING)):
        return
    if by_syncd and workspace.scalar(_ANY_GIVEN):
        with workspace.sink("carried") as sink:
            for password in by_syncd.carried():
                sink.add(password)
    silent = "silent" in policy.cutovers
    for given_to in workspace.values(_Given, _GIVEN, [not silent]):
        joins_in_silence = policy.cutover_of(given_to.account, given_to.email) == "silent"
        unasked = given_to.kind == "account" or joins_in_silence
        known = by_syncd is None or any(
            by_syncd.added(key, given_to.email) for key in given_to.held
        )
        stranger = unasked and not known
        user = msgspec.json.decode(given_to.body, type=User)
        name = f"{user.first_name} {user.last_name}".strip()
        detail = f"{' / '.join(given_to.names)}; in the target: {name}"
        for code in _doubts(name, given_to, stranger=stranger):
            yield Finding(code, given_to.key, given_to.account, email=given_to.email, detail=detail)
        if unasked and given_to.carried:
            yield Finding("carried_password", given_to.key, given_to.account, email=given_to.email)


def _doubts(name: str, given_to: _Given, *, stranger: bool) -> Iterator[str]:
    """Yield codes; a blank name matches any, but vouches for no `stranger` in silence."""
    names = [ours for ours in given_to.names if clean(ours) or not stranger]
    if stranger and not (clean(name) and names):
        yield "user_nameless"
    elif not any(same_person(name, ours) for ours in names):
        yield "user_other_name"
    if stranger and not given_to.proven:
        yield "user_unverified"
