"""Who can do what, before and after: one row a legacy sub-account login."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

import msgspec

from syncd.decide.rules import Rule, rule_in
from syncd.model.flags import combined
from syncd.model.permission import NONE, Permissions
from syncd.model.resources import Invite, Membership
from syncd.model.verdict import Word
from syncd.report.census import Census
from syncd.report.facts import Access
from syncd.workspace.merge import along
from syncd.workspace.workspace import Workspace

LOGINS = 1000  # that a page can show; access.csv has them all

Labelling = Callable[[Permissions], str]  # names a set of permissions: see `Roles.label`

_SHOWN = ("wider", "narrower", "waits", "excluded")  # states that a person wants to see, in order
RANKS = {state: rank for rank, state in enumerate((*_SHOWN, "same", "owner"))}


class LoginCensus:
    """The logins of a plan in numbers, and a sample of those whose access does not stay the same.

    Gains come first: in the order of accounts a sample could hide one.
    """

    def __init__(self) -> None:
        ranks = {state: rank for rank, state in enumerate(_SHOWN)}
        self.states = Census[Access, str](attrgetter("state"), lambda login: ranks.get(login.state))
        self.passwords = Census[Access, str](attrgetter("password"))  # by kind
        self.outcomes = Census[Access, str](attrgetter("password_after"))  # what becomes of them
        self.losses = Census[Access, bool](attrgetter("loses"))
        self.shown = Census[Access, str](
            attrgetter("state"), lambda login: RANKS.get(login.state), LOGINS
        )

    def counted(self, passing: Iterable[Access]) -> Iterator[Access]:
        for census in (self.states, self.passwords, self.outcomes, self.losses, self.shown):
            passing = census.counted(passing)
        yield from passing


def accesses(
    workspace: Workspace, label: Labelling, people: Sequence[str] | None = None
) -> Iterator[Access]:
    """Yield every legacy sub-account login, what it could do, and what it can after this plan.

    What it could do is what its legacy rows say, whatever convert made of them. `people` are the
    addresses that are asked for, None for all.
    """
    for login in logins(workspace, people):
        before = combined(row.permissions for row in login.rows)
        after, state, why = _after(login, before)
        yield Access(
            account=login.account,
            account_name=login.account_name,
            email=login.email,
            before=before,
            after=after,
            state=state,
            why=why,
            password=" ".join(sorted({row.password for row in login.rows})),
            password_after=_password_after(login, state),
            label=label(before),
        )


def _password_after(login: "PlannedLogin", state: str) -> str:
    """Name what becomes of a password, see `words.PASSWORDS`."""
    if login.user == "observed":
        return "kept"
    if state in ("waits", "excluded"):
        return "none"
    if login.user == "carried":
        return "carried"
    if login.user == "made":
        return "reset"
    return "none" if state == "owner" else "set"  # an owner's user comes with the account


def _after(  # noqa: PLR0911 (a line a state)
    login: "PlannedLogin", before: Permissions
) -> tuple[Permissions, str, str]:
    """Give what a login can do after this plan, its state, and why it is that."""
    now = login.observed.permissions if login.observed else NONE
    if login.is_owner:
        return before, "owner", "owns the account"
    rule = rule_in(login.rule)
    if rule in (Rule.DECIDED, Rule.EXCLUDED):
        who = "the config" if rule is Rule.EXCLUDED else "a decision"
        return now, "excluded", f"left out by {who}"
    if login.verdict == Word.HOLD and rule not in {Rule.WAVE, Rule.SILENT_WAVE}:
        return now, "waits", login.rule
    if login.desired is None and login.open_finding:
        return now, "waits", login.open_finding
    if login.desired is None and login.observed is None:
        return NONE, "excluded", login.left_out or "left out by policy or a decision"
    after = now
    if login.verdict:
        after = login.desired.permissions if login.desired else NONE
    lost = set(before) - set(after)
    gained = set(after) - set(before)
    state = "wider" if gained else "narrower" if lost else "same"
    if login.verdict and login.desired is None:
        return after, state, "this plan removes the membership"
    return after, state, "" if state == "same" else "differs from the legacy rows"


# --- what the workspace knows of a login ------------------------------------------------------


class _Keyed(msgspec.Struct, frozen=True):
    """A row under the key of the membership that the login has or would have."""

    key: str


class AccessRow(_Keyed, frozen=True):
    """A legacy row of a login; `password` is a kind."""

    permissions: list[str]
    password: str


class PlannedLogin(msgspec.Struct, frozen=True):
    """A legacy sub-account login of one person on one account, and what is planned for it."""

    account: str
    account_name: str
    email: str
    is_owner: bool
    rows: tuple[AccessRow, ...]
    user: str  # `observed` in the target, `made` by this plan, with a password `carried`, or ""
    desired: Membership | None
    observed: Membership | Invite | None
    verdict: str  # "" where nothing is to change
    rule: str
    open_finding: str
    left_out: str = ""  # why nobody wants it: the code of a finding, or words


class _Who(_Keyed, frozen=True):
    account: str
    account_name: str
    email: str
    is_owner: bool
    user: str


class _StateRow(_Keyed, frozen=True):
    body: str


class _VerdictRow(_Keyed, frozen=True):
    verdict: str
    rule: str


class _OpenRow(_Keyed, frozen=True):
    code: str


class _LeftOutRow(_Keyed, frozen=True):
    why: str


_ASKED = "SELECT DISTINCT key FROM logins WHERE address_of(identity) IN (SELECT unnest($1))"
_WHO = """
    SELECT l.key, l.account, coalesce(k.label, '') AS account_name,
           address_of(l.identity) AS email,
           coalesce(l.identity = k.identity OR l.identity = o.email, FALSE) AS is_owner,
           CASE WHEN u.key IS NOT NULL THEN 'observed' WHEN a.carried THEN 'carried'
                WHEN n.key IS NOT NULL OR a.email IS NOT NULL THEN 'made'
                WHEN is_owner AND c.key IS NOT NULL THEN 'made' ELSE ''
           END AS user
    FROM (SELECT DISTINCT key, account, identity FROM logins) l
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = l.account
    LEFT JOIN matched o ON o.kind = 'account' AND o.key = account_key(l.account)
    LEFT JOIN matched u ON u.key = user_key(l.identity)
    LEFT JOIN changes c ON c.key = account_key(l.account) AND c.verdict = 'apply'
    LEFT JOIN changes n ON n.key = user_key(l.identity) AND n.verdict = 'apply'
    LEFT JOIN (SELECT email, bool_or(attach ->> '$.password.contact' IS NOT NULL) AS carried
               FROM changes WHERE attach IS NOT NULL AND verdict = 'apply' GROUP BY email) a
           ON a.email = l.identity
    ORDER BY l.key
"""
_ROWS = "SELECT key, permissions, password FROM logins ORDER BY key, contact_id"
_DESIRED = "SELECT key, body FROM desired WHERE kind = 'membership' ORDER BY key"
_OBSERVED = "SELECT key, body FROM matched WHERE kind = 'membership' ORDER BY key"
_VERDICTS = "SELECT key, verdict, rule FROM changes WHERE kind = 'membership' ORDER BY key"
_OPEN = """
    SELECT scope AS key, code FROM findings
    WHERE severity <> 'note' AND answer = '' AND kind_of(scope) = 'membership'
    ORDER BY scope, code
"""

# Why convert made nothing of a login: it is said of the login, its row, its person or its account.
_LEFT_OUT = """
    WITH unwanted AS (
        SELECT key, unnest([
                   membership_key(account, address_of(identity)), contact_key(contact),
                   user_key(identity), account_key(account)
               ]) AS scope
        FROM logins ANTI JOIN (SELECT key FROM desired WHERE kind = 'membership') USING (key)
    )
    SELECT key, CASE answer WHEN 'leave' THEN 'left out by a decision' ELSE code END AS why
    FROM unwanted JOIN findings USING (scope)
    WHERE answer = 'leave' OR code IN (
        'login_without_email', 'orphan_contact', 'erased_person', 'suppressed_person',
        'excluded_by_policy', 'closed_account', 'closed_account_people'
    )
    ORDER BY key, answer <> 'leave', why
"""


def logins(workspace: Workspace, people: Sequence[str] | None = None) -> Iterator[PlannedLogin]:
    """Yield every legacy sub-account login, or those of some people, by account and address."""

    def by_key(
        kind: type[_Keyed], query: str, of: str = "contacts"
    ) -> Iterator[tuple[str, _Keyed]]:
        if not workspace.has(of):
            return
        if people is not None:
            query = f"SELECT * FROM ({query}) WHERE key IN ({_ASKED}) ORDER BY key"
        for row in workspace.values(kind, query, () if people is None else [people]):
            yield row.key, row

    decoder = msgspec.json.Decoder(Membership | Invite)
    for _, who, (rows, desired, observed, verdicts, findings, left_out) in along(
        by_key(_Who, _WHO), by_key(AccessRow, _ROWS), by_key(_StateRow, _DESIRED),
        by_key(_StateRow, _OBSERVED), by_key(_VerdictRow, _VERDICTS, "judged"),
        by_key(_OpenRow, _OPEN, "staged_findings"),
        by_key(_LeftOutRow, _LEFT_OUT, "staged_findings"),
    ):  # fmt: skip
        yield PlannedLogin(
            account=who.account,
            account_name=who.account_name,
            email=who.email,
            is_owner=who.is_owner,
            rows=tuple(rows),
            user=who.user,
            desired=decoder.decode(desired[0].body) if desired else None,
            observed=decoder.decode(observed[0].body) if observed else None,
            verdict=verdicts[0].verdict if verdicts else "",
            rule=verdicts[0].rule if verdicts else "",
            open_finding=findings[0].code if findings else "",
            left_out=left_out[0].why if left_out else "",
        )
