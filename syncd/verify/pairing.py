"""Which account of the target is which legacy account; worked out again, independently.

The mapping comes first, then the journal, then the rule of the source. Under `same-id` the number
alone decides, so an account under the wrong number is noticed. Under `email` the addresses of the
two accounts must be each other's only match; open accounts take precedence over closed ones.
"""

from collections.abc import Mapping, Sequence

from syncd.model.policy import AccountRule
from syncd.verify.scratch import Scratch

_TABLES = """
    CREATE TABLE ours AS
    SELECT DISTINCT account, email, split_part(account, '/', 1) AS source,
           split_part(account, '/', 2) AS number, lower(trim(status)) = 'closed' AS closed
    FROM legacy WHERE kind = 'client';
    CREATE TABLE theirs AS
    SELECT DISTINCT account AS target, email, target_id FROM target WHERE kind = 'account';
    CREATE TABLE pairs (account TEXT, target TEXT);
    INSERT INTO pairs
    SELECT b.account, t.target
    FROM (SELECT account, max_by(target_id, strength) AS target_id FROM bindings GROUP BY account) b
    JOIN ours USING (account) JOIN theirs t USING (target_id);
    CREATE VIEW free_ours AS SELECT * FROM ours WHERE account NOT IN (SELECT account FROM pairs);
    CREATE VIEW free_theirs AS SELECT * FROM theirs WHERE target NOT IN (SELECT target FROM pairs);
"""
_SAME_ID = """
    INSERT INTO pairs
    SELECT o.account, t.target FROM free_ours o JOIN free_theirs t ON t.target_id = o.number
    WHERE list_contains(?, o.source)
"""
_EMAIL = """
    INSERT INTO pairs
    SELECT account, target FROM (
        SELECT o.account, t.target,
               count(*) OVER (PARTITION BY o.account) AS of_ours,
               count(*) OVER (PARTITION BY t.target) AS of_theirs
        FROM free_ours o JOIN free_theirs t ON t.email = o.email AND o.email <> ''
        WHERE list_contains($1, o.source) AND o.closed = $2
    ) WHERE of_ours = 1 AND of_theirs = 1
"""
# An account of the target may be a legacy one where neither has another counterpart, and they have
# the address or the owner in common.
_DOUBTS = """
    CREATE TABLE doubts AS
    SELECT account, count(DISTINCT target) AS number FROM (
        SELECT o.account, t.target FROM free_ours o JOIN free_theirs t USING (email)
        WHERE email <> ''
        UNION ALL
        SELECT o.account, t.target FROM free_ours o
        JOIN target w ON w.kind = 'owner' AND w.email = o.email
        JOIN free_theirs t ON t.target = w.account
        WHERE o.email <> '' AND NOT o.closed
    ) GROUP BY account
"""


def pair_accounts(scratch: Scratch, matches: Mapping[str, AccountRule]) -> None:
    """Fill `pairs`, and `doubts` with accounts that may have a counterpart nobody can be sure of.

    `matches` names the rule of each source.
    """

    def names(match: AccountRule) -> Sequence[str]:
        return [name for name, rule in matches.items() if rule == match]

    scratch.con.execute(_TABLES)
    scratch.con.execute(_SAME_ID, [names("same-id")])
    for closed in (False, True):
        scratch.con.execute(_EMAIL, [names("email"), closed])
    scratch.con.execute(_DOUBTS)
