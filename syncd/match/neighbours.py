"""What shows only beside others: addresses that look alike, owners who may not be the boss."""

from collections.abc import Callable, Iterator

from syncd.model.catalogue import texts
from syncd.model.finding import Finding, Severity
from syncd.model.keys import user_key
from syncd.model.skeleton import mixes_scripts, needs_skeleton, skeleton
from syncd.workspace.workspace import Workspace

_MANY_ACCOUNTS = 5  # of one owner (ruling on T-28)


def judge(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    """Yield findings between people; what ought to be and what is must be staged.

    `shown` words an address for people.
    """
    yield from _look_alikes(workspace, shown)
    yield from _owner_mixups(workspace)


def withdraw_unwritten(workspace: Workspace) -> None:
    """Withdraw the reviews of texts of accounts that are there: only making one would write them.

    Accounts must be paired before.
    """
    codes = [code.code for code in texts.CODES if code.severity is Severity.REVIEW]
    if workspace.has_found(codes):
        workspace.execute(_WITHDRAWN, [codes])


_WITHDRAWN = """
    INSERT INTO withdrawn SELECT DISTINCT code, scope FROM findings
    WHERE kind_of(scope) = 'account' AND list_contains(?, code)
      AND account IN (SELECT ref FROM account_pairs)
"""


# --- look-alikes (T-15) ---------------------------------------------------------------------

# Those who have a user, would get one, or have a login in the legacy system, proposed or not: plain
# contacts of one shape harm nobody.
_PEOPLE = """
    INSERT INTO people
    SELECT email, bool_or(wanted) AS wanted FROM (
        SELECT email, TRUE AS wanted FROM desired WHERE kind <> 'contact'
        UNION ALL SELECT email, FALSE FROM observed WHERE kind = 'user'
        UNION ALL SELECT address_of(identity), FALSE FROM logins
        UNION ALL SELECT address_of(identity), FALSE FROM clients WHERE NOT erased)
    WHERE email <> '' GROUP BY email
"""
_LETTERED = """
    SELECT email FROM people
    WHERE strlen(email) <> length(email) OR contains(email, 'xn--') ORDER BY email
"""
_TWINS = """
    WITH shapes AS (
        SELECT email, skeleton FROM skeletons
        UNION SELECT email, email FROM people WHERE email IN (SELECT skeleton FROM skeletons)
    )
    SELECT one.email, min(other.email), count(*)
    FROM shapes one JOIN shapes other USING (skeleton) JOIN people p ON p.email = one.email
    WHERE one.email <> other.email AND p.wanted GROUP BY one.email ORDER BY one.email
"""
_MIXED_ALONE = """
    SELECT email FROM skeletons JOIN people USING (email)
    WHERE mixed AND wanted AND email NOT IN (SELECT email FROM twins) ORDER BY email
"""


def _look_alikes(workspace: Workspace, shown: Callable[[str], str]) -> Iterator[Finding]:
    workspace.execute(_PEOPLE)
    with workspace.sink("skeletons") as sink:
        for (email,) in workspace.stream(_LETTERED):
            if needs_skeleton(email):
                sink.add((email, skeleton(email), mixes_scripts(email)))
    if not workspace.has("skeletons"):
        return
    workspace.execute(f"INSERT INTO twins {_TWINS}")
    for email, other, others in workspace.stream("SELECT * FROM twins ORDER BY email"):
        more = f" and {others - 1} more" if others > 1 else ""
        yield Finding("look_alikes", user_key(email), email=email, detail=f"{shown(other)}{more}")
    for (email,) in workspace.stream(_MIXED_ALONE):
        yield Finding("mixed_scripts", user_key(email), email=email, detail=ascii(email))


# --- owner mix-ups (T-28) -------------------------------------------------------------------

# A sub-account's own domain is among those on the account, so there is always another one.
_MIXUPS = """
    WITH full_rights AS (
        SELECT DISTINCT scope, account, email FROM findings WHERE code = 'full_rights'
    ), owned AS (
        SELECT email, count(*) AS accounts FROM desired
        WHERE kind = 'account' AND email <> '' GROUP BY email
    ), domains AS (
        SELECT account, email, split_part(email, '@', -1) AS domain FROM desired
        WHERE kind IN ('contact', 'membership') AND contains(email, '@')
    )
    SELECT f.scope, f.account, f.email, k.email, o.accounts
    FROM full_rights f
    JOIN desired k ON k.kind = 'account' AND k.account = f.account
    JOIN owned o ON o.email = k.email
    WHERE o.accounts >= ? OR NOT EXISTS (
        SELECT 1 FROM domains d
        WHERE d.account = f.account AND d.email <> k.email
          AND d.domain = split_part(k.email, '@', -1))
    ORDER BY f.scope
"""


def _owner_mixups(workspace: Workspace) -> Iterator[Finding]:
    if not workspace.has_found(["full_rights"]):
        return
    for scope, account, email, owner, accounts in workspace.stream(_MIXUPS, [_MANY_ACCOUNTS]):
        many = f"{owner} owns {accounts} accounts"
        alone = f"nobody else on the account has an address like its owner's, {owner}"
        detail = many if accounts >= _MANY_ACCOUNTS else alone
        yield Finding("owner_mixup", scope, account, email=email, detail=detail)
