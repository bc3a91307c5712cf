"""Holding the invitations for which a wave has no room."""

from syncd.workspace.workspace import Workspace


def hold_beyond(
    workspace: Workspace, most: int, why: str, *, together: bool = False, largest: int = 0
) -> None:
    """Hold the invitations beyond `most`, in the order of their keys, with the reason `why`.

    With `together` a wave takes whole people, by address: who is invited from ten accounts gets ten
    mails in one night, not in ten nights (S4-18). Who does not fit in whole waits, and so do those
    behind. Only somebody with more than even the `largest` wave holds gets them in several.
    """
    workspace.con.execute(_HOLD, {"most": most, "why": why, "all": together, "largest": largest})


_HOLD = """
    WITH people AS (
        SELECT key, CASE WHEN $all THEN email ELSE key END AS person FROM changes
        WHERE kind = 'membership' AND verb = '+' AND verdict = 'apply'
    ), places AS (
        SELECT key, count(*) OVER (PARTITION BY person) AS size,
               row_number() OVER (ORDER BY person, key) AS place,
               place - row_number() OVER (PARTITION BY person ORDER BY key) AS ahead
        FROM people
    )
    UPDATE changes SET verdict = 'hold', rule = 'wave', why = $why
    WHERE key IN (
        SELECT key FROM places
        WHERE NOT (ahead + size <= $most OR (size > $largest AND ahead = 0 AND place <= $most))
    )
"""
