"""What each kind of alert means, how urgent it is, and what to do; `docs/alerts.md` has the same.

`when`: `now`, with the run that showed it, or with the daily `digest`. A kind that is `momentary`
has no end: what happened is told once.
"""

from typing import Literal

import msgspec

from syncd.model.alert import AlertKind

Urgency = Literal["page", "high", "normal", "low"]
URGENCIES: tuple[Urgency, ...] = ("page", "high", "normal", "low")  # worst first


class AlertRule(msgspec.Struct, frozen=True):
    urgency: Urgency
    when: Literal["now", "digest"]
    title: str
    advice: str
    momentary: bool = False


RULES: dict[AlertKind, AlertRule] = {
    AlertKind.ACCESS_GAINED: AlertRule(
        "page",
        "now",
        "access gained outside policy",
        "Somebody widened it in the target. Ask the account's owner; take it back, or decide.",
    ),
    AlertKind.OWNER_CHANGED: AlertRule(
        "page",
        "now",
        "owner changed",
        "Find out whose account it is; syncd changes no owner and holds the account.",
    ),
    AlertKind.INCOMPLETE_READ: AlertRule(
        "page",
        "now",
        "incomplete read",
        "Nothing was applied. Check that source and target are whole and the right ones.",
    ),
    AlertKind.FUSE_BLOWN: AlertRule(
        "page",
        "now",
        "fuse blown",
        "Nothing was applied. Read the plan; if it is right, run once with --allow.",
    ),
    AlertKind.CREDENTIAL_TROUBLE: AlertRule(
        "page",
        "now",
        "credential trouble",
        "It does not heal by itself. `syncd check` names the credential, role or address list.",
    ),
    AlertKind.SILENCE: AlertRule(
        "page",
        "now",
        "no good run",
        "`syncd status` shows the last runs and why they ended.",
    ),
    AlertKind.WRITE_NOT_CONFIRMED: AlertRule(
        "high",
        "now",
        "write not confirmed",
        "The next run looks first. If it comes again, look at the target.",
    ),
    AlertKind.ACCEPTED_BY_OTHER: AlertRule(
        "high",
        "now",
        "invitation accepted under another address",
        "Ask the account's owner whether both are one person, and who may stay.",
    ),
    AlertKind.CRITICAL_GRANT: AlertRule(
        "high",
        "now",
        "new critical grant",
        "syncd gave it, as the legacy rows say. Undo it if it should not be.",
        momentary=True,
    ),
    AlertKind.UNKNOWN_PERMISSION: AlertRule(
        "high",
        "now",
        "unknown permission",
        "Its rows are held. Add an exact alias to the mapping, or list it as ignored.",
    ),
    AlertKind.SUPPRESSED_SEEN: AlertRule(
        "high",
        "now",
        "suppressed person seen",
        "Erase the person there as well: a restored backup may have put the row back.",
    ),
    AlertKind.RUN_FAILED: AlertRule(
        "high",
        "now",
        "run failed",
        "Usually the next run heals it; `syncd status` shows why.",
    ),
    AlertKind.LOCKED: AlertRule(
        "high",
        "now",
        "another run is still on",
        "Nothing is killed. If it hangs, stop it by its pid; the next run takes over.",
    ),
    AlertKind.INVITATION_EXPIRING: AlertRule(
        "normal",
        "digest",
        "invitation expiring",
        "Phone the client; `syncd status` has the number.",
    ),
    AlertKind.INVITATION_EXPIRED: AlertRule(
        "normal",
        "digest",
        "invitation expired",
        "The next plan asks whether to send another.",
    ),
    AlertKind.MEMBER_ADDED: AlertRule(
        "normal",
        "digest",
        "member added in the target",
        "If the owner invited this person, do nothing. If not, remove the membership.",
    ),
    AlertKind.NEW_CASE: AlertRule(
        "normal",
        "digest",
        "new question",
        "Answer it in decisions.yaml of the last plan, or correct the data.",
    ),
    AlertKind.ADDRESS_DRIFT: AlertRule(
        "low",
        "digest",
        "account address differs",
        "Ask the owner which is right; it gets the invoices.",
    ),
}
