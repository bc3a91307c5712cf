"""The worksheet: what no call can do, as rows for the staff with the place to click (report 16)."""

from collections.abc import Mapping
from typing import NamedTuple

from syncd.report.facts import Task
from syncd.report.tables import Table


class _Chore(NamedTuple):
    task: str
    where: str  # from the page of the client in the admin area, unless it says otherwise


# By guard rule; `unsupported` also by kind and verb, which the rule alone does not show.
_CHORES: Mapping[tuple[str, ...], _Chore] = {
    ("ownership",): _Chore("Check who owns the account", "Users tab > Make Owner"),
    ("billing",): _Chore("Set the billing contact", "Profile tab > Billing Contact"),
    ("client-mail",): _Chore("Set the client's own mail", "Profile tab > Email Notifications"),
    ("last-domain-recipient",): _Chore(
        "Choose who gets domain mail", "Profile or Contacts tab > Email Notifications"
    ),
    ("invite-withdraw",): _Chore("Cancel the invitation", "Users tab > Pending Invites > Cancel"),
    ("create-missing",): _Chore(
        "Create the account, or name its match in accounts.mapping", "Clients > Add New Client"
    ),
    ("closed",): _Chore(
        "Create the account, close it, and name it in accounts.mapping",
        "Clients > Add New Client; then its Profile tab > Status",
    ),
    ("address-taken",): _Chore(
        "Create the account under an address of its own, and name it in accounts.mapping",
        "Clients > Add New Client",
    ),
    ("unsupported", "account", "~"): _Chore("Settle who owns it", "Users tab > Make Owner"),
    ("unsupported", "account", "-"): _Chore(
        "Decide whether the account is still wanted",
        "look at its products and domains first: closing the account ends them",
    ),
    ("unsupported", "contact", "-"): _Chore("Delete the contact", "Contacts tab > Delete Contact"),
    ("unsupported", "user", "-"): _Chore("Delete the user", "Clients > Manage Users"),
}
_OTHER = _Chore("Do by hand what the target's API cannot", "see the column why")
# The guard rules whose changes are work for a person.
RULES = frozenset(rule for rule, *_ in _CHORES) - {"ownership", "billing", "client-mail"}


def task(
    rule: str, verb: str, kind: str, *, account: tuple[str, str, str], who: str, why: str
) -> Task:
    """Give the row of something to be done by hand.

    `account` is its reference, its name, and the client's id in the target.
    """
    chore = _CHORES.get((rule,)) or _CHORES.get((rule, kind, verb), _OTHER)
    return Task(chore.task, *account, who, chore.where, why, rule)


def _row(row: Task) -> tuple[object, ...]:
    return (
        "[ ]",
        *(row.task, row.account, row.account_name, row.target_client),
        *(row.who, row.where, row.why, row.rule),
    )


WORKSHEET = Table(
    "worksheet.csv",
    ("done", "task", "account", "account_name", "target_client", "who", "where", "why", "rule"),
    _row,
)
