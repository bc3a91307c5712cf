"""Rows of the page file, as the pages read them; `report.pagefile` says how each is made."""

import msgspec


class Intent(msgspec.Struct, frozen=True):
    """What the last plan would do under a key; all is "" where that is nothing."""

    verb: str
    reason: str
    verdict: str
    rule: str


class AccountOnFile(Intent, frozen=True):
    account: str
    is_there: bool  # in the target
    is_legacy: bool
    client: str  # its id in the target
    label: str
    person: str
    owner: str  # in the target
    legacy_owner: str
    email: str  # the account's own
    status: str
    phone: str
    mail: list[str]  # the categories that the client itself gets
    billing: str  # the legacy id of its billing contact, "" for the account itself
    billing_key: str

    @property
    def owned_by(self) -> str:
        return self.owner or self.legacy_owner


class MemberOnFile(Intent, frozen=True):
    """A person on an account, by a legacy login, by the plan, or in the target."""

    key: str
    account: str
    email: str
    legacy: list[str]  # what any of the legacy rows gives
    wanted: list[str] | None
    has: list[str] | None  # in the target, or by the invitation
    invitation: str  # JSON, "" for a member
    unread: bool  # a member whose permissions this plan did not need to read
    is_owner: bool
    open_finding: str


class ContactOnFile(Intent, frozen=True):
    key: str
    account: str
    email: str
    legacy: list[str] | None  # mail
    wanted: list[str] | None
    has: list[str] | None
    name: str
    company: str
    tickets: int
    may_ask: bool


class PersonOnFile(Intent, frozen=True):
    email: str
    name: str
    user_id: str


class ChangeOnFile(Intent, frozen=True):
    number: int
    kind: str
    key: str
    why: str


class FindingOnFile(msgspec.Struct, frozen=True):
    scope: str
    code: str
    severity: str
    contact_id: str
    detail: str
    answer: str


class DifferenceOnFile(msgspec.Struct, frozen=True):
    """What one plan saw differ from the plan before; both moments are ISO 8601."""

    since: str
    seen_at: str
    key: str
    what: str
    before: str
    after: str
