"""What a plan came to: verdicts in, ordered changes and counts out."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from syncd.model.change import Change, Reason, Verb, phase
from syncd.model.finding import CATALOGUE, Finding
from syncd.model.legacy import LegacyContact
from syncd.model.resources import Invite, Membership, Observable, Resource
from syncd.model.verdict import Verdict, Word
from syncd.store.merge import along
from syncd.store.workspace import Workspace, place

Judged = tuple[Change, Verdict]


def stage_verdicts(workspace: Workspace, judged: Iterable[Judged]) -> None:
    with workspace.sink("changes") as sink:
        for change, verdict in judged:
            key = change.key
            sink.add(
                (
                    phase(change),
                    key,
                    change.verb,
                    key.partition(":")[0],
                    *place(change.subject),
                    change.reason,
                    verdict.word,
                    verdict.rule,
                    verdict.why,
                    verdict.made_on,
                    change.grants,
                    _body(change.before),
                    _body(change.after),
                )
            )


def changes(workspace: Workspace) -> Iterator[Judged]:
    """Yield every change with its verdict, in the order of apply."""
    columns = "verb, reason, before, after, verdict, rule, why"
    for verb, reason, before, after, word, rule, why in _in_order(workspace, columns):
        change = Change(
            Verb(verb),
            Reason(reason),
            _OBSERVABLE.decode(before) if before else None,
            _RESOURCE.decode(after) if after else None,
        )
        yield change, Verdict(Word(word), rule, why)


_OBSERVABLE = msgspec.json.Decoder(Observable)
_RESOURCE = msgspec.json.Decoder(Resource)


def _body(resource: Observable | None) -> str | None:
    return None if resource is None else msgspec.json.encode(resource).decode()


def lines(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    """Yield the changes in the order of apply.

    Each as (verb, kind, key, reason, verdict, rule, why, before, after), the last two as JSON.
    """
    bodies = "coalesce(before, 'null'), coalesce(after, 'null')"
    yield from _in_order(workspace, f"verb, kind, key, reason, verdict, rule, why, {bodies}")


def _in_order(workspace: Workspace, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the changes in the order of apply; phase by phase, for no sort to hold all bodies."""
    query = f"SELECT {columns} FROM changes WHERE phase = ? ORDER BY key"
    for (number,) in workspace.stream("SELECT DISTINCT phase FROM changes ORDER BY phase"):
        yield from workspace.stream(query, [number])


def headlines(
    workspace: Workspace, verdict: str = "", most: int | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the changes in the order of apply, all or those of one verdict, all or the first.

    Each as (verb, kind, key, reason, verdict, rule, why).
    """
    yield from workspace.stream(
        """
        SELECT verb, kind, key, reason, verdict, rule, why FROM changes
        WHERE $1 = '' OR verdict = $1 ORDER BY phase, key LIMIT $2
        """,
        [verdict, most],
    )


def invitations(workspace: Workspace, most: int | None = None) -> Iterator[tuple[Membership, str]]:
    """Yield the invitations to be sent, with the name of the account."""
    query = """
        SELECT c.after, k.label FROM changes c
        LEFT JOIN clients k ON k.source || '/' || k.client_id = c.account
        WHERE c.kind = 'membership' AND c.verb = '+' AND c.verdict = 'apply' ORDER BY c.key
        LIMIT ?
    """
    decoder = msgspec.json.Decoder(Membership)
    for body, name in workspace.stream(query, [most]):
        yield decoder.decode(body), name or ""


def findings(workspace: Workspace) -> Iterator[Finding]:
    query = """
        SELECT code, scope, account, contact_id, email, detail, made_on, answer FROM findings
        ORDER BY CASE severity WHEN 'block' THEN 0 WHEN 'review' THEN 1 ELSE 2 END,
                 code, scope, contact_id, detail
    """
    for row in workspace.stream(query):
        yield Finding(*row)


# --- what the journal should learn ----------------------------------------------------------


def adopted(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield key and body of what the target holds just as desired and the journal has not."""
    yield from workspace.stream("""
        SELECT d.key, d.body FROM desired d JOIN matched o ON o.key = d.key AND NOT o.invite
        LEFT JOIN applied a ON a.key = d.key
        WHERE d.fp = o.fp AND a.fp IS DISTINCT FROM d.fp ORDER BY d.key
    """)


def forgotten(workspace: Workspace) -> Iterator[str]:
    """Yield the keys the journal remembers and nobody else does."""
    query = """
        SELECT key FROM applied WHERE key NOT IN (SELECT key FROM desired)
        AND key NOT IN (SELECT key FROM matched) ORDER BY key
    """
    for row in workspace.stream(query):
        yield row[0]


def new_bindings(workspace: Workspace) -> Iterator[tuple[str, str]]:
    yield from workspace.stream("SELECT key, target_id FROM bindings WHERE NOT known ORDER BY key")


def ended_invites(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield the keys of invitations that are over, or withdrawn, and how they ended.

    One that the target does not list any more, without a membership, was accepted: somebody took
    the membership away again.
    """
    yield from workspace.stream("""
        SELECT key, CASE
            WHEN (m.key IS NOT NULL AND NOT m.invite) OR i.key IS NULL THEN 'accepted'
            WHEN NOT i.fresh AND d.key IS NULL THEN 'unwanted'
            ELSE 'withdrawn' END
        FROM remembered r LEFT JOIN invites i USING (key) LEFT JOIN matched m USING (key)
        LEFT JOIN desired d USING (key)
        WHERE (m.key IS NOT NULL AND NOT m.invite) OR i.key IS NULL OR i.gone
           OR (NOT i.fresh AND d.key IS NULL)
        ORDER BY key
    """)


def observed_id(workspace: Workspace, key: str) -> str | None:
    """Give the target's id of an observed resource."""
    found = workspace.scalar("SELECT target_id FROM matched WHERE key = ?", [key])
    return found or None


# --- counts ---------------------------------------------------------------------------------


def count(workspace: Workspace, what: str) -> int:
    return int(workspace.scalar(f"SELECT count(*) FROM {what}") or 0)


def observed_managed(workspace: Workspace) -> int:
    return count(workspace, "matched m JOIN applied a USING (key) WHERE m.kind <> 'membership'")


def most_on_one_account(workspace: Workspace, verb: str) -> tuple[str, int]:
    """Give the account with most changes of a verb that would be applied, and how many."""
    row = workspace.con.execute(
        """
        SELECT account, count(*) AS n FROM changes
        WHERE verb = ? AND verdict = 'apply' AND account <> ''
        GROUP BY account ORDER BY n DESC, account LIMIT 1
        """,
        [verb],
    ).fetchone()
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def change_counts(workspace: Workspace) -> list[tuple[str, str, str, int]]:
    """Give (kind, verb, verdict, count)."""
    return workspace.con.execute(
        "SELECT kind, verb, verdict, count(*) FROM changes GROUP BY ALL ORDER BY ALL"
    ).fetchall()


def invitation_counts(workspace: Workspace) -> tuple[int, int]:
    """Count the invitations that would be sent, and the people who would get them."""
    row = workspace.con.execute("""
        SELECT count(*), count(DISTINCT email) FROM changes
        WHERE kind = 'membership' AND verb = '+' AND verdict = 'apply'
    """).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def held_counts(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Give (rule, one of its explanations, count), most first."""
    return workspace.con.execute("""
        SELECT rule, min(why), count(*) AS n FROM changes WHERE verdict = 'hold'
        GROUP BY rule ORDER BY n DESC, rule
    """).fetchall()


def finding_counts(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Give (code, answer, count), worst severity first."""
    rows = workspace.con.execute(
        "SELECT code, answer, count(*) FROM findings GROUP BY ALL"
    ).fetchall()
    severities = ("block", "review", "note")
    rows.sort(key=lambda row: (severities.index(CATALOGUE[row[0]].severity), *row))
    return rows


def unmanaged_counts(workspace: Workspace) -> dict[str, int]:
    """Count by kind what the target holds and syncd leaves alone."""
    rows = workspace.con.execute("""
        SELECT kind, count(*) FROM matched
        WHERE key NOT IN (SELECT key FROM desired UNION ALL SELECT key FROM applied)
        GROUP BY kind ORDER BY kind
    """).fetchall()
    return dict(rows)


# --- who can do what ------------------------------------------------------------------------


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
