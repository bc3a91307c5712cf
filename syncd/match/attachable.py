"""Attachable: how people are attached who were promised silence, and whose password each keeps.

A password goes from one row to a user who is made, and only where nobody else can be meant: the
address is that of the row, owns nothing and has no user yet. One address with several sub-accounts
had several passwords, often typed by different account holders; which of them opens all accounts
from now on is for a person to say (T-08). Until then none does, and nobody's access waits for it.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import msgspec

from syncd.model.attachment import Attachment, PasswordOrigin
from syncd.model.decision import NO_ROW
from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import password_key
from syncd.model.names import with_names
from syncd.model.policy import Policy
from syncd.model.resources import Profile
from syncd.workspace.workspace import Workspace

# Who is to get a membership, with their logins that ask for one, in the order of rows. An owner is
# whoever any legacy client or any account of the target has as such, whatever becomes of it.
_ROWS = """
    WITH wanted AS (
        SELECT key, account, email FROM desired
        WHERE kind = 'membership' AND key NOT IN (SELECT key FROM matched WHERE NOT invite)
    ), people AS (
        SELECT email, array_agg(DISTINCT account ORDER BY account) AS accounts FROM wanted
        GROUP BY email
    ), owning AS (
        SELECT identity AS email FROM clients WHERE NOT erased
        UNION SELECT email FROM ownerships UNION SELECT email FROM matched WHERE kind = 'account'
    ), rows AS (
        SELECT l.identity AS email, l.contact, l.account, l.password AS kind, c.contact_id,
               c.source, c.legacy.email AS written, p.body ->> '$.profile.first_name' AS first_name,
               p.body ->> '$.profile.last_name' AS last_name,
               coalesce(email_in(r.key) <> l.identity, FALSE) AS renamed,
               k.body ->> '$.language' AS language
        FROM logins l JOIN desired d USING (key)
        LEFT JOIN converted k ON k.key = account_key(l.account)
        LEFT JOIN converted p ON p.key = contact_key(l.contact)
        JOIN contacts c ON ref_of(c.source, c.contact_id) = l.contact
        LEFT JOIN remembered_origins r ON r.contact = l.contact
    )
    SELECT p.email, p.accounts, user_key(p.email) IN (SELECT key FROM matched) AS known,
           p.email IN (SELECT email FROM owning) AS owns,
           r.contact, r.account, r.kind, r.source, r.written, r.first_name, r.last_name,
           coalesce(r.renamed, FALSE) AS renamed,
           coalesce(r.language, '') AS language
    FROM people p LEFT JOIN rows r USING (email)
    ORDER BY p.email, source_in(r.contact), r.contact_id
"""


class _Asking(msgspec.Struct, frozen=True):
    """A person, and one of their logins; None where no legacy row asks for what they get."""

    email: str
    accounts: list[str]
    known: bool  # the target has a user of this address
    owns: bool
    contact: str | None
    account: str | None
    kind: str | None
    source: str | None
    written: str | None  # the row's address, as it stands there
    first_name: str | None
    last_name: str | None
    renamed: bool  # the row was the login of another address, whose person may know the password
    language: str  # of the account, in which a sub-account saw the client area


class Giving(msgspec.Struct, frozen=True):
    """Where passwords can go from and to: sources that give them, a target that takes them."""

    sources: frozenset[str] = frozenset()
    target: bool = False


def attachable(
    workspace: Workspace, policy: Policy, placeholder: str, giving: Giving
) -> Iterator[Finding]:
    """Say of all who were promised silence how they are attached; ask which password is theirs.

    The matching must be settled.
    """
    if "silent" not in policy.cutovers:
        return
    with workspace.sink("attachable") as sink:
        for email, group in groupby(workspace.values(_Asking, _ROWS), key=attrgetter("email")):
            rows = list(group)
            if not any(policy.cutover_of(each, email) == "silent" for each in rows[0].accounts):
                continue
            logins = [_login(row, giving) for row in rows if row.contact]
            password, why = None, _obstacle(rows[0], policy, giving)
            question = _question(email, logins)
            # Who answered once is asked again where the rows are others now, be it the last one.
            doubted = len(logins) > 1 or workspace.decisions.are_about(
                question.code, question.scope
            )
            if not why and doubted and any(login.is_usable for login in logins):
                asked = workspace.decisions.settled(question)
                yield asked
                password, why = _decided(asked.answer, logins)
            elif not why:
                password, why = _only(logins)
            profile = Profile(rows[0].first_name or "", rows[0].last_name or "")
            names = with_names(profile, email, placeholder)
            made = Attachment(
                names.first_name,
                names.last_name,
                not rows[0].known,
                password,
                rows[0].language,
                _opens(rows[0], password),
            )
            sink.add((email, msgspec.json.encode(made).decode(), why))


class _Login(msgspec.Struct, frozen=True):
    origin: PasswordOrigin
    why: str  # it is not usable, "" where it is

    @property
    def is_usable(self) -> bool:
        return not self.why


def _login(row: _Asking, giving: Giving) -> _Login:
    """Judge a row by itself."""
    origin = PasswordOrigin(row.contact or "", row.account or "", row.kind or "unknown")
    if row.source not in giving.sources:
        why = "source"
    elif origin.kind != "bcrypt":
        why = f"kind:{origin.kind}"
    elif row.renamed:
        why = "renamed"
    else:  # an address that a decision decoded is not the one that the row has
        why = "" if normalise(row.written) == row.email else "address"
    return _Login(origin, why)


def _obstacle(person: _Asking, policy: Policy, giving: Giving) -> str:
    """Say why this person gets no password whatever the rows say, "" where they decide."""
    if person.known:
        return "there"
    if person.owns:
        return "owner"
    if policy.passwords == "none":
        return "policy"
    return "" if giving.target else "target"


def _only(logins: list[_Login]) -> tuple[PasswordOrigin | None, str]:
    """Take the password of the only login; of several, none is usable."""
    if len(logins) == 1 and logins[0].is_usable:
        return logins[0].origin, ""
    whys = sorted({login.why for login in logins})
    return None, (whys or ["no-row"])[0]


def _question(email: str, logins: list[_Login]) -> Finding:
    each = (
        f"{origin.contact} ({origin.kind}, on {origin.account})"
        for origin in (login.origin for login in logins)
    )
    return Finding("which_password", password_key(email), email=email, detail=" / ".join(each))


def _opens(person: _Asking, password: PasswordOrigin | None) -> tuple[str, ...]:
    """Give the accounts that a password was chosen for, where there are others than its row's."""
    if password is None or person.accounts == [password.account]:
        return ()
    return tuple(person.accounts)


def _decided(answer: str, logins: list[_Login]) -> tuple[PasswordOrigin | None, str]:
    """Take the row that a decision names; one that is none of these carries nothing."""
    if not answer:
        return None, "several"
    if answer == NO_ROW:
        return None, "decided"
    usable = {login.origin.contact: login.origin for login in logins if login.is_usable}
    return (usable[answer], "") if answer in usable else (None, "stray")
