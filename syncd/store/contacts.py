"""What hangs on contacts: billing, references, the last recipient, who may ask support."""

from collections.abc import Callable, Collection, Iterator
from typing import Literal

import msgspec

from syncd.model.finding import Finding
from syncd.model.legacy import LegacyClient
from syncd.model.resources import Contact, Preference
from syncd.store.workspace import Workspace

SupportRule = Literal["support-mail", "all", "none"]
ClientMail = Callable[[str | None], tuple[Preference, ...]]

# What the client `k` itself is set to get, as the legacy row has it.
CLIENT_MAIL = f"k.body ->> '$[{LegacyClient.__struct_fields__.index('email_preferences')}]'"

# Accounts that name a billing contact; `home` is the client that contact is of, NULL if none.
_BILLING = """
    SELECT 'account:' || k.source || '/' || k.client_id AS key, k.source, k.client_id, k.billing,
           k.label, c.contact_id, c.client_id AS home,
           CASE WHEN starts_with(c.identity, ' ') THEN '' ELSE c.identity END AS email
    FROM clients k
    LEFT JOIN contacts c ON c.source = k.source AND c.contact_id = TRY_CAST(k.billing AS BIGINT)
    WHERE k.billing NOT IN ('', '0')
"""
# All that names a contact, one row a contact and kind; the contact may be gone.
_USES = f"""
    SELECT source, contact_id, kind, sum(number)::BIGINT AS number
    FROM legacy_references GROUP BY ALL
    UNION ALL
    SELECT source, TRY_CAST(billing AS BIGINT), 'billing', count(*) FROM ({_BILLING})
    WHERE TRY_CAST(billing AS BIGINT) IS NOT NULL GROUP BY ALL
"""
# Of the contacts that would be removed, what names them: the guard asks.
REFERENCED = f"""
    CREATE OR REPLACE TABLE referenced AS
    SELECT key, string_agg(replace(kind, '_', ' ') || ' (' || number || ')', ', ' ORDER BY kind)
           AS uses
    FROM (SELECT 'contact:' || source || '/' || contact_id AS key, kind, number FROM ({_USES}))
    WHERE key IN (SELECT key FROM differing WHERE kind = 'contact' AND NOT wanted)
    GROUP BY key
"""


# --- findings -------------------------------------------------------------------------------


def findings(workspace: Workspace) -> Iterator[Finding]:
    """Yield what only the rows together show: billing contacts and social logins."""
    query = f"""
        SELECT b.* EXCLUDE (key) FROM ({_BILLING}) b
        WHERE key IN (SELECT key FROM desired WHERE kind = 'account') ORDER BY key
    """
    for source, client_id, billing, _, contact_id, home, email in workspace.stream(query):
        ref = f"{source}/{client_id}"
        if home == client_id:
            contact = f"{source}/{contact_id}"
            yield Finding("billing_contact", f"contact:{contact}", ref, contact, email)
        else:
            whose = "no such contact" if home is None else f"a contact of {source}/{home}"
            detail = f"billingcid {billing}: {whose}"
            yield Finding("broken_billing_contact", f"account:{ref}", ref, detail=detail)
    query = """
        SELECT DISTINCT d.key, d.account, d.email
        FROM legacy_references r JOIN desired d ON d.key = 'contact:' || source || '/' || contact_id
        WHERE r.kind = 'social_login' ORDER BY d.key
    """
    for key, account, email in workspace.stream(query):
        yield Finding("social_login", key, account, key.partition(":")[2], email)


# --- the last recipient of domain mail ------------------------------------------------------

_GETS = (
    "coalesce({0} ->> '$.email' <> '' "
    "AND json_contains({0} -> '$.preferences', '\"domain\"'), FALSE)"
)
_LAST = f"""
    CREATE OR REPLACE TABLE dropping AS
    SELECT key, account FROM changes
    WHERE kind = 'contact' AND (verdict = 'apply' OR rule = 'unsupported')
      AND {_GETS.format("before")} AND NOT {_GETS.format("after")};
    DELETE FROM dropping WHERE account IN (
        SELECT account FROM changes
        WHERE kind = 'contact' AND verdict = 'apply' AND {_GETS.format("after")}
        UNION ALL
        SELECT account FROM matched
        WHERE kind = 'contact' AND account IN (SELECT account FROM dropping)
          AND {_GETS.format("body")}
          AND key NOT IN (SELECT key FROM changes WHERE kind = 'contact' AND verdict = 'apply')
          AND key NOT IN (SELECT key FROM dropping)
    );
"""


def hold_last_domain_recipients(workspace: Workspace, client_mail: ClientMail) -> None:
    """Hold what would leave an account that nobody gets domain mail for.

    The client itself counts, as the target counts it: only where its own domain mail is off must a
    contact be left. All that drop it on such an account are held, so that the choice of who goes
    on getting it stays with a person: also what is left to a person's hand is not proposed then.
    Call it when all contacts are judged.
    """
    workspace.con.execute(_LAST)
    query = f"""
        SELECT DISTINCT d.account, {CLIENT_MAIL}
        FROM dropping d JOIN clients k ON k.source || '/' || k.client_id = d.account
    """
    with workspace.con.cursor() as cursor:
        for account, raw in workspace.stream(query):
            if "domain" in client_mail(raw):
                cursor.execute("DELETE FROM dropping WHERE account = ?", [account])
    workspace.con.execute("""
        UPDATE changes SET verdict = 'hold', rule = 'last-domain-recipient',
               why = 'nobody would get the domain mail of this account, which the target refuses; '
                     'switch it on for the client or another contact first'
        WHERE key IN (SELECT key FROM dropping)
    """)


_ACCOUNT = "coalesce(k.label, ''), coalesce(t.target_id, '')"


# --- lists for people -----------------------------------------------------------------------


def used(workspace: Workspace) -> Iterator[tuple[str, str, str, str, str, dict[str, int]]]:
    """Yield every contact that something names, by its id.

    Each as (contact, account, its name, address, login, uses): how often each kind of thing names
    it, and what becomes of its login: `keeps`, `owner`, `waits`, "" for one who had none. Account,
    name, address and login are "" where the contact is gone.
    """
    query = f"""
        WITH uses AS (
            SELECT source, contact_id, map_from_entries(list((kind, number))) AS uses
            FROM ({_USES}) GROUP BY ALL
        )
        SELECT u.source || '/' || u.contact_id, coalesce(c.source || '/' || c.client_id, ''),
               coalesce(k.label, ''),
               CASE WHEN starts_with(c.identity, ' ') THEN '' ELSE coalesce(c.identity, '') END,
               CASE WHEN l.contact_id IS NULL THEN ''
                    WHEN k.identity = c.identity THEN 'owner'
                    WHEN m.key IS NOT NULL OR a.key IS NOT NULL THEN 'keeps' ELSE 'waits' END,
               u.uses
        FROM uses u
        LEFT JOIN contacts c USING (source, contact_id)
        LEFT JOIN clients k ON k.source = c.source AND k.client_id = c.client_id
        LEFT JOIN logins l ON l.contact_id = c.contact_id
                          AND l.account = c.source || '/' || c.client_id
        LEFT JOIN matched m ON m.key = l.key AND NOT m.invite
        LEFT JOIN changes a ON a.key = l.key AND a.verb = '+' AND a.verdict = 'apply'
        ORDER BY u.source, u.contact_id
    """
    yield from workspace.stream(query)


def support_contacts(workspace: Workspace, rule: SupportRule) -> Iterator[tuple[Contact, str, int]]:
    """Yield the contacts that may ask support by the rule, the account's name, and their tickets.

    Who may ask is a right the host gives by the legacy rows, so held contacts are in it as well.
    """
    if rule == "none":
        return
    query = """
        SELECT d.body, k.label, coalesce(t.tickets, 0)
        FROM desired d
        JOIN clients k ON k.source || '/' || k.client_id = d.account
        LEFT JOIN (
            SELECT 'contact:' || source || '/' || contact_id AS key, sum(number)::BIGINT AS tickets
            FROM legacy_references WHERE kind = 'ticket' GROUP BY ALL
        ) t ON t.key = d.key
        WHERE d.kind = 'contact'
          AND (? OR json_contains(d.body -> '$.preferences', '"support"'))
        ORDER BY k.source, k.client_id, length(d.key), d.key
    """
    decode = msgspec.json.Decoder(Contact).decode
    for body, name, tickets in workspace.stream(query, [rule == "all"]):
        yield decode(body), name or "", tickets


def by_hand(workspace: Workspace, rules: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Yield the changes that the given rules hold, in the order of apply.

    Each as (rule, verb, kind, key, account, its name, its id in the target, address, why).
    """
    query = f"""
        SELECT c.rule, c.verb, c.kind, c.key, c.account, {_ACCOUNT}, c.email, c.why
        FROM changes c LEFT JOIN clients k ON k.source || '/' || k.client_id = c.account
        LEFT JOIN matched t ON t.key = 'account:' || c.account
        WHERE c.verdict = 'hold' AND list_contains(?, c.rule) ORDER BY c.phase, c.key
    """
    yield from workspace.stream(query, [sorted(rules)])


def other_owners(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    """Yield the accounts that somebody else owns in the target than by the legacy rows.

    Each as (account, its name, its id in the target, both addresses).
    """
    query = f"""
        SELECT f.account, {_ACCOUNT}, f.detail
        FROM findings f LEFT JOIN clients k ON k.source || '/' || k.client_id = f.account
        LEFT JOIN matched t ON t.key = f.scope
        WHERE f.code = 'owner_changed' ORDER BY f.account
    """
    yield from workspace.stream(query)


def billing_contacts(workspace: Workspace) -> Iterator[tuple[str, ...]]:
    """Yield the accounts with a billing contact of their own.

    Each as (contact, account, its name, its id in the target, the contact's address).
    """
    query = f"""
        SELECT k.source || '/' || k.contact_id, substr(k.key, 9), {_ACCOUNT}, k.email
        FROM ({_BILLING}) k LEFT JOIN matched t USING (key)
        WHERE k.home = k.client_id AND k.key IN (SELECT key FROM desired WHERE kind = 'account')
        ORDER BY k.source, k.client_id
    """
    yield from workspace.stream(query)
