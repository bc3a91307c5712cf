"""Who can do what, before and after: one row a legacy sub-account login."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import msgspec

from syncd.model.flags import FlagReader
from syncd.model.legacy import LegacyContact
from syncd.model.permission import NONE, Permissions, permissions
from syncd.model.resources import Invite, Membership
from syncd.model.text import clean, read_flag
from syncd.model.verdict import Word
from syncd.report.facts import (
    SAMPLE,
    Access,
)
from syncd.workspace.merge import along
from syncd.workspace.workspace import Workspace


class Login(msgspec.Struct, frozen=True):
    """A legacy sub-account login of one person on one account, and what is planned for it."""

    account: str
    account_name: str
    email: str
    is_owner: bool
    flags: tuple[tuple[str | None, str | None], ...]  # (subaccount, permissions) of its rows
    passwords: tuple[str, ...]  # their kinds, of the same rows
    user: str  # `there` in the target, `made` by this plan, or ""
    desired: Membership | None
    observed: Membership | Invite | None
    verdict: str  # "" where nothing is to change
    rule: str
    open_finding: str


_PASSWORD = LegacyContact.__struct_fields__.index("password")


_WHO = """
    SELECT l.key, l.account, CASE WHEN starts_with(l.identity, ' ') THEN '' ELSE l.identity END,
           l.identity = k.identity OR l.identity = o.email, k.label,
           CASE WHEN u.key IS NOT NULL THEN 'there' WHEN n.key IS NOT NULL THEN 'made' ELSE '' END
    FROM (SELECT DISTINCT key, account, identity FROM logins) l
    LEFT JOIN clients k ON k.source || '/' || k.client_id = l.account
    LEFT JOIN matched o ON o.kind = 'account' AND o.key = 'account:' || l.account
    LEFT JOIN matched u ON u.key = 'user:' || l.identity
    LEFT JOIN changes n ON n.key = 'user:' || l.identity AND n.verdict = 'apply'
    ORDER BY l.key
"""


_FLAGS = f"""
    SELECT key, subaccount, permissions, coalesce(body ->> '$[{_PASSWORD}]', 'unknown')
    FROM logins ORDER BY key, contact_id
"""


_STATE = "SELECT key, body FROM {table} WHERE kind = 'membership' ORDER BY key"


_VERDICTS = "SELECT key, verdict, rule FROM changes WHERE kind = 'membership' ORDER BY key"


_OPEN = """
    SELECT scope, code FROM findings
    WHERE severity <> 'note' AND answer = '' AND starts_with(scope, 'membership:')
    ORDER BY scope, code
"""


def logins(workspace: Workspace) -> Iterator[Login]:
    """Yield every legacy sub-account login, by account and address."""

    def stream(query: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for row in workspace.stream(query):
            yield row[0], row[1:]

    decoder = msgspec.json.Decoder(Membership | Invite)
    for _, who, (flags, desired, observed, verdicts, found) in along(
        stream(_WHO), stream(_FLAGS), stream(_STATE.format(table="desired")),
        stream(_STATE.format(table="matched")), stream(_VERDICTS), stream(_OPEN),
    ):  # fmt: skip
        account, email, is_owner, name, user = who
        verdict, rule = verdicts[0] if verdicts else ("", "")
        yield Login(
            account,
            name or "",
            email,
            bool(is_owner),
            tuple((subaccount, permissions) for subaccount, permissions, _ in flags),
            tuple(kind for _, _, kind in flags),
            user,
            decoder.decode(desired[0][0]) if desired else None,
            decoder.decode(observed[0][0]) if observed else None,
            verdict,
            rule,
            found[0][0] if found else "",
        )


Labelling = Callable[[Permissions], str]  # names a set of permissions: see `Roles.label`


_TELLING = ("wider", "narrower", "waits", "excluded")  # states that a person wants to see, in order


class LoginTally:
    """Counts logins by state as they pass, and keeps a sample of those that change."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.passwords: Counter[str] = Counter()  # by kind
        self.outcomes: Counter[str] = Counter()  # what becomes of them
        self._samples: dict[str, list[Access]] = {state: [] for state in _TELLING}

    @property
    def sample(self) -> tuple[Access, ...]:
        """Gains first: in the order of accounts a sample could hide one."""
        return tuple(islice(chain(*self._samples.values()), SAMPLE))

    def counted(self, passing: Iterable[Access]) -> Iterator[Access]:
        for access in passing:
            self.states[access.state] += 1
            self.passwords[access.password] += 1
            self.outcomes[access.password_after] += 1
            kept = self._samples.get(access.state)
            if kept is not None and len(kept) < SAMPLE:
                kept.append(access)
            yield access


def accesses(workspace: Workspace, read_flags: FlagReader, label: Labelling) -> Iterator[Access]:
    """Yield every legacy sub-account login, what it could do, and what it can after this plan."""
    for login in logins(workspace):
        columns = [flags for subaccount, flags in login.flags if read_flag(subaccount)]
        if columns:
            before = permissions(key for raw in columns for key in read_flags(raw).permissions)
            after, state, why = _after(login, before)
            name = clean(login.account_name)
            yield Access(
                *(login.account, name, login.email, before, after, state, why),
                password=" ".join(sorted(set(login.passwords))),
                password_after=_password_after(login, state),
                label=label(before),
            )


def _password_after(login: Login, state: str) -> str:
    """Name what becomes of a password, see `words.PASSWORDS`: none is ever carried over."""
    if login.user == "there":
        return "kept"
    if state in ("waits", "excluded"):
        return "none"
    return "reset" if state == "owner" or login.user == "made" else "set"


def _after(login: Login, before: Permissions) -> tuple[Permissions, str, str]:
    now = login.observed.permissions if login.observed else NONE
    if login.is_owner:
        return before, "owner", "owns the account"
    if login.rule.startswith(("decided:", "excluded")):
        who = "the config" if login.rule == "excluded" else "a decision"
        return now, "excluded", f"left out by {who}"
    if login.verdict == Word.HOLD and login.rule != "wave":
        return now, "waits", login.rule
    if login.desired is None and login.open_finding:
        return now, "waits", login.open_finding
    if login.desired is None and login.observed is None:
        return NONE, "excluded", "left out by policy or a decision, or no usable address"
    after = login.desired.permissions if login.desired and login.verdict else now
    lost = set(before) - set(after)
    gained = set(after) - set(before)
    state = "wider" if gained else "narrower" if lost else "same"
    return after, state, "" if state == "same" else "differs from the legacy rows"
