"""Macros for keys, and the views that join what several stages say: all that makes a workspace."""

from collections.abc import Iterator

from syncd.workspace.tables import TABLES

# Keys and references: put together and taken apart here, as in `model/keys`.
_MACROS = {
    "ref_of(source, id)": "source || '/' || id",
    "user_key(address)": "'user:' || address",
    "account_key(ref)": "'account:' || ref",
    "membership_key(ref, address)": "'membership:' || ref || ':' || address",
    "contact_key(contact)": "'contact:' || contact",
    "source_key(source)": "'source:' || source",
    "kind_of(key)": "split_part(key, ':', 1)",
    "account_in(key)": "split_part(key, ':', 2)",  # of an account or a membership
    "email_in(key)": "array_to_string(string_split(key, ':')[3:], ':')",  # of a membership
    "source_in(ref)": "split_part(ref, '/', 1)",
    "id_in(ref)": "split_part(ref, '/', -1)",
    "address_of(identity)": "CASE WHEN starts_with(identity, ' ') THEN '' ELSE identity END",
}

_VIEWS = {
    # The logins, under the key their membership has or would have.
    "logins": """
        SELECT membership_key(ref_of(source, client_id), trim(identity)) AS key,
               ref_of(source, client_id) AS account, identity, contact_id,
               ref_of(source, contact_id) AS contact, permissions, password
        FROM contacts WHERE login
    """,
    # What a contact must know of its client: see `shares` for where that client is not here.
    "client_facts": "SELECT source, client_id, identity, name, closed, erased FROM clients",
    # Accounts that name a billing contact; `home` is the client that contact is of, NULL if none.
    "billing_contacts": """
        SELECT account_key(ref_of(k.source, k.client_id)) AS key, k.source, k.client_id,
               k.billing, k.label, c.contact_id, c.client_id AS home,
               address_of(c.identity) AS email
        FROM clients k
        LEFT JOIN contacts c
               ON c.source = k.source AND c.contact_id = TRY_CAST(k.billing AS BIGINT)
        WHERE k.billing NOT IN ('', '0')
    """,
    # All that names a contact, one row a contact and kind; the contact may be gone.
    "contact_uses": """
        SELECT source, contact_id, kind, sum(number)::BIGINT AS number
        FROM legacy_references GROUP BY ALL
        UNION ALL
        SELECT source, TRY_CAST(billing AS BIGINT), 'billing', count(*) FROM billing_contacts
        WHERE TRY_CAST(billing AS BIGINT) IS NOT NULL GROUP BY ALL
    """,
    "findings": "FROM staged_findings ANTI JOIN withdrawn USING (code, scope)",
    "desired": "FROM converted",
    # Bindings of earlier runs whose number something else has now.
    "disbelieved": "SELECT key, target_id FROM altered WHERE likeness = 'stranger'",
    "matched": "FROM seen ANTI JOIN hidden USING (key)",
    # What there is under an address, wanted or `there`; who is on an account in the target; and of
    # which memberships nobody read the permissions now.
    "keys": """
        SELECT email, key, FALSE AS there FROM desired
        UNION ALL SELECT email, key, TRUE FROM matched
    """,
    "members": """
        SELECT account, email FROM matched
        WHERE kind IN ('account', 'membership') AND email <> ''
    """,
    "looked_at": """
        SELECT b.key, NOT b.complete AND i.key IS NULL AND t.key IS NULL AS unread,
               CASE WHEN t.key IS NULL THEN '' ELSE c.checked_at END AS checked_at
        FROM bound b LEFT JOIN inspected i ON i.key = b.target_key
        LEFT JOIN trusted t ON t.key = b.key LEFT JOIN checked c ON c.key = b.key
        WHERE b.kind = 'membership'
    """,
    # Whom the target shows, and with what: who owns an account, who is a user, a member, invited.
    "sighted": """
        SELECT 'account' AS kind, m.account, m.target_id AS client, coalesce(w.email, '') AS email,
               coalesce(u.user_id, '') AS user_id,
               coalesce(nullif(m.body ->> '$.profile.company', ''),
                        concat_ws(' ', m.body ->> '$.profile.first_name',
                                  m.body ->> '$.profile.last_name')) AS name,
               lower(m.body ->> '$.status') = 'closed' AS closed
        FROM matched m JOIN bound b USING (key)
        LEFT JOIN ownerships w ON account_key(w.account) = b.target_key
        LEFT JOIN (SELECT email, min(target_id) AS user_id FROM observed WHERE kind = 'user'
                   GROUP BY email) u ON u.email = w.email
        WHERE m.kind = 'account' AND coalesce(w.email, '') NOT IN (SELECT email FROM hidden)
        UNION ALL
        SELECT 'user', '', '', email, target_id, '', FALSE FROM matched WHERE kind = 'user'
        UNION ALL
        SELECT 'member', account, '', email, '', '', FALSE FROM matched
        WHERE kind = 'membership' AND NOT invite
        UNION ALL
        SELECT 'invited', i.account, '', i.email, '', '', FALSE
        FROM invites i JOIN matched m USING (key) WHERE m.invite AND i.fresh
        UNION ALL
        SELECT 'invited', coalesce(p.ref, i.account), '', i.email, '', '', FALSE
        FROM invitations i LEFT JOIN account_pairs p ON p.target_account = i.account
        WHERE i.state = 'pending' AND i.email NOT IN (SELECT email FROM hidden)
    """,
    "changes": """
        SELECT j.* REPLACE (
            CASE WHEN o.key IS NULL THEN j.verdict ELSE 'hold' END AS verdict,
            coalesce(o.rule, j.rule) AS rule, coalesce(o.why, j.why) AS why,
            CASE WHEN o.key IS NOT NULL AND j.rule <> ''
                 THEN list_prepend(j.rule || ': ' || j.why, j.others) ELSE j.others END AS others)
        FROM judged j LEFT JOIN overruled o USING (key)
    """,
}
# Where a run is taken back: what it found is desired, and only its logins are looked at.
_LOOKING_BACK = {
    "desired": "FROM taken_back",
    "logins": f"FROM ({_VIEWS['logins']}) WHERE key IN (FROM turned)",
}


def statements() -> Iterator[str]:
    """Yield what makes the workspace."""
    for table in TABLES:
        yield f"CREATE TABLE {table.name} ({table.columns})"
    yield from macros()
    for name, query in _VIEWS.items():
        yield f"CREATE VIEW {name} AS {query}"


def macros() -> Iterator[str]:
    for name, expression in _MACROS.items():
        yield f"CREATE MACRO {name} AS {expression}"


def looking_back() -> Iterator[str]:
    """Yield what turns the views of a workspace to a run that is taken back."""
    for name, query in _LOOKING_BACK.items():
        yield f"CREATE OR REPLACE VIEW {name} AS {query}"


def looking_around(facts: str) -> str:
    """Give what has a workspace know clients by what others say of them."""
    return f"CREATE OR REPLACE VIEW client_facts AS FROM {facts}"
