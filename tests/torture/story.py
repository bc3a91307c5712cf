"""Two nights of a small provider that between them make every kind of change syncd can make."""

from typing import Any

from provider import Legacy

SETTINGS: dict[str, Any] = {
    # The rule under which an account that was made and not bound is hardest to find again.
    "accounts": {"match": "same-id", "create_missing": True},
    "policy": {"users": "create-first", "mode": "sync"},
    "fuses": {"removals": 2, "removals_per_account": 2, "source_share": 0},
}
# The same with the companion: nobody is mailed, and no change is ever in doubt.
SILENT: dict[str, Any] = SETTINGS | {"policy": {"cutover": "silent", "mode": "sync"}}


def first_night(legacy: Legacy) -> None:
    """Make accounts, users, contacts and invitations: everything is new."""
    legacy.client(17, "Alma Archer", "alma@archer.example")
    legacy.client(18, "Bruno Baker", "bruno@baker.example")
    legacy.contact(111, 17, "Dana Dean", "dana@dean.example", permissions="products,invoices")
    legacy.contact(113, 18, "Dana Dean", "dana@dean.example", permissions="domains")
    legacy.contact(114, 18, "Finn Baker", "finn@baker.example", invoiceemails=1)
    legacy.contact(115, 18, "Gita Cole", "gita@cole.example", permissions="tickets")


def second_night(legacy: Legacy) -> None:
    """Narrow, revoke, widen by the legacy side's own flags, change mail, and make some more."""
    legacy.row(111)["permissions"] = "invoices"
    legacy.row(113).update(subaccount=0, permissions="")
    legacy.row(114).update(invoiceemails=0, supportemails=1)
    legacy.row(115)["permissions"] = "tickets,quotes"
    legacy.client(19, "Ivy Irons", "ivy@irons.example")
    legacy.contact(116, 17, "Hugo Hill", "hugo@hill.example", permissions="quotes")


NIGHTS = {"first": (first_night,), "second": (first_night, second_night)}
