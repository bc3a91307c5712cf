"""The rules that look at all changes together: the last domain recipient, limits, and waves."""

from collections.abc import Mapping

from syncd.decide.guard import GuardRules, Joined
from syncd.decide.rules import Rule
from syncd.decide.waves import Room
from syncd.model.change import Verb
from syncd.model.policy import Fuses
from syncd.workspace.workspace import Workspace

# --- the last recipient of domain mail ------------------------------------------------------

_LAST = (
    "nobody would get the domain mail of this account, which the target refuses; "
    "switch it on for the client or another contact first"
)
_GETS = (
    "coalesce({0} ->> '$.email' <> '' "
    "AND json_contains({0} -> '$.preferences', '\"domain\"'), FALSE)"
)
# Changes that drop domain mail, on accounts where nobody goes on getting it.
_DROPPING = f"""
    INSERT INTO overruled
    WITH dropping AS (
        SELECT key, account FROM changes
        WHERE kind = 'contact' AND (verdict = 'apply' OR rule = '{Rule.UNSUPPORTED}')
          AND {_GETS.format("before")} AND NOT {_GETS.format("after")}
    ), going_on AS (
        SELECT account FROM changes
        WHERE kind = 'contact' AND verdict = 'apply' AND {_GETS.format("after")}
        UNION ALL
        SELECT account FROM matched
        WHERE kind = 'contact' AND account IN (SELECT account FROM dropping)
          AND {_GETS.format("body")}
          AND key NOT IN (SELECT key FROM changes WHERE kind = 'contact' AND verdict = 'apply')
          AND key NOT IN (SELECT key FROM dropping)
    )
    SELECT d.key, $rule, $why
    FROM dropping d JOIN clients k ON ref_of(k.source, k.client_id) = d.account
    WHERE d.account NOT IN (SELECT account FROM going_on) AND NOT list_contains(k.mail, 'domain')
"""

# Asked first: who is new drops nothing.
_ANY_BEFORE = "SELECT count(*) FROM judged WHERE kind = 'contact' AND before IS NOT NULL"


def hold_last_domain_recipients(workspace: Workspace) -> None:
    """Hold changes after which nobody would get the domain mail of an account.

    The client itself counts, as the target counts it: only where its own domain mail is off must a
    contact be left. All that drop it on such an account are held, so that the choice of who goes
    on getting it stays with a person: also what is left to a person's hand is not proposed then.
    All contacts must be judged.
    """
    if not (workspace.has("judged") and workspace.scalar(_ANY_BEFORE)):
        return
    why = {"rule": Rule.LAST_DOMAIN_RECIPIENT.value, "why": _LAST}
    workspace.execute(_DROPPING, why)


# --- the limits on one account --------------------------------------------------------------

_OVER = """
    INSERT INTO overruled
    WITH crowded AS (
        SELECT account, count(*) AS number FROM changes
        WHERE verb = $verb AND verdict = 'apply' AND account <> ''
        GROUP BY account HAVING number > $most
    )
    SELECT key, $rule, format($why, number)
    FROM changes JOIN crowded USING (account)
    WHERE verb = $verb AND verdict = 'apply'
"""


def hold_over_account_limits(
    workspace: Workspace, fuses: Fuses, allowed: Mapping[str, int]
) -> None:
    """Hold all removals, or updates, of an account that has more of them than is allowed at once.

    Whoever changed so much there, on purpose or not, stops nobody else's changes. All kinds must
    be judged.
    """
    judged = workspace.taken("judged")
    limits = (
        (Verb.REMOVE, "removals", fuses.removals_per_account),
        (Verb.UPDATE, "updates", fuses.updates_per_account),
    )
    for verb, what, limit in limits:
        most = max(limit, allowed.get(f"{what}-per-account", 0))
        if judged <= most:
            continue
        why = (
            f"{what} on this account: {{0}}, allowed at once: {most} (fuses.{what}_per_account); "
            f'if that is right: --allow {what}-per-account={{0}} --because "..."'
        )
        workspace.execute(
            _OVER,
            {"verb": verb.value, "most": most, "rule": Rule.ACCOUNT_LIMIT.value, "why": why},
        )


# --- waves ----------------------------------------------------------------------------------

_BEYOND = """
    INSERT INTO overruled
    WITH joining AS (
        SELECT key, email FROM changes
        WHERE kind = 'membership' AND verb = '+' AND verdict = 'apply'
          AND (attach IS NOT NULL) = $silent
    ), people AS (
        SELECT key, CASE WHEN $together THEN email ELSE key END AS person, NOT done AS waits FROM (
            SELECT key, email, FALSE AS done FROM joining
            UNION ALL
            SELECT d.key, d.email, TRUE FROM
                (SELECT unnest($done) AS key, unnest($done_emails) AS email) d
            ANTI JOIN joining USING (key)
        )
    ), places AS (
        SELECT key, waits, count(*) OVER (PARTITION BY person) AS size,
               row_number() OVER (ORDER BY person, key) AS place,
               place - row_number() OVER (PARTITION BY person ORDER BY key) AS ahead
        FROM people
    )
    SELECT key, $rule, $why FROM places
    WHERE waits AND ahead + size > $most
      AND NOT (size > $largest AND ahead = 0 AND place <= $most)
"""


# Asked first, of the very rows that would be held: it is a column of few values.
_ANY_SILENT = "SELECT count(*) FROM judged WHERE attach IS NOT NULL"


def hold_beyond(workspace: Workspace, room: Room, rules: GuardRules) -> None:
    """Hold the invitations for which a wave has no room, in the order of their keys.

    Where people are invited `together`, a wave takes whole people, by address: who is invited from
    ten accounts gets ten mails in one night, not in ten nights (S4-18). Who does not fit in whole
    waits, and so do those behind. Only somebody with more than even the largest wave holds gets
    them in several. Who was invited before under the same plan keeps the place. All memberships
    must be judged.
    """
    _hold(workspace, room, rules, Rule.WAVE, rules.waves.most, rules.invited)


def hold_silent_beyond(workspace: Workspace, rules: GuardRules) -> None:
    """Hold the memberships without a mail for which a wave has no room, just so.

    No mail tells anybody of a mistake in the config: what one night does must be little enough to
    be looked through in the morning, and taken back. All memberships must be judged.
    """
    if not workspace.scalar(_ANY_SILENT):
        return
    most = rules.waves.silent_per_run
    room = Room(most, _SILENT_FULL if most else _NO_SILENCE)
    _hold(workspace, room, rules, Rule.SILENT_WAVE, most, rules.attached)


def _hold(
    workspace: Workspace,
    room: Room,
    rules: GuardRules,
    rule: Rule,
    largest: int,
    done: Joined,
) -> None:
    if workspace.taken("judged") + len(done) <= room.most:
        return
    limits = {"most": room.most, "together": rules.waves.together, "largest": largest}
    before = {"done": list(done), "done_emails": list(done.values())}
    why = {"rule": rule.value, "why": room.why, "silent": rule is Rule.SILENT_WAVE}
    workspace.execute(_BEYOND, limits | before | why)


_SILENT_FULL = (
    "the wave is full (waves.silent_per_run); a later plan attaches this person. Look at those it "
    "attached, then raise it"
)
_NO_SILENCE = "waves.silent_per_run is 0: nobody is attached without a mail"
