"""What owners do themselves, where the cut-over policy leaves inviting to them."""

from syncd.report.facts import OwnersInvitation
from syncd.report.html import LABELS
from syncd.report.tables import Table

_WHERE = (
    "Client area, as the owner: Hello, Name > User Management > Invite New User; enter the "
    "address, Choose Permissions, tick exactly these, Send Invite"
)


def _invitation(one: OwnersInvitation) -> tuple[object, ...]:
    labels = "; ".join(LABELS[key][1] if key in LABELS else key for key in one.permissions)
    return (
        one.owner_email,
        one.owner,
        one.account,
        one.account_name,
        one.invite,
        one.permissions,
        labels,
        _WHERE,
    )


INVITATIONS = Table(
    "invitations_by_owner.csv",
    (
        *("owner_email", "owner", "account", "account_name", "invite"),
        *("permissions", "labels", "where"),
    ),
    _invitation,
)
