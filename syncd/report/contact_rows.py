"""Lists of contacts for people: what names them, who may ask support, what is done by hand."""

from collections.abc import Collection, Iterator

import msgspec

from syncd.match.references import BILLING, USES
from syncd.model.mail import SupportRule
from syncd.model.resources import Contact
from syncd.workspace.workspace import Workspace

_ACCOUNT = "coalesce(k.label, ''), coalesce(t.target_id, '')"


def used(workspace: Workspace) -> Iterator[tuple[str, str, str, str, str, dict[str, int]]]:
    """Yield every contact that something names, by its id.

    Each as (contact, account, its name, address, login, uses): how often each kind of thing names
    it, and what becomes of its login: `keeps`, `owner`, `waits`, "" for one who had none. Account,
    name, address and login are "" where the contact is gone.
    """
    query = f"""
        WITH uses AS (
            SELECT source, contact_id, map_from_entries(list((kind, number))) AS uses
            FROM ({USES}) GROUP BY ALL
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
        FROM ({BILLING}) k LEFT JOIN matched t USING (key)
        WHERE k.home = k.client_id AND k.key IN (SELECT key FROM desired WHERE kind = 'account')
        ORDER BY k.source, k.client_id
    """
    yield from workspace.stream(query)
