"""Who holds dangerous permissions and who has to choose an account, as values."""

import msgspec

from syncd.model.roles import Risk, Tier

WATCHED: tuple[Tier, ...] = ("critical", "high")  # the tiers whose holders are listed


class PermissionHolder(msgspec.Struct, frozen=True):
    """A login that holds a permission of a watched tier, or waits to: then `state` is `waits`."""

    email: str
    account: str
    account_name: str
    permission: str
    tier: Tier
    words: str
    state: str  # see `Access`


class Chooser(msgspec.Struct, frozen=True):
    """Somebody who has to choose an account after login, once this plan is applied and accepted."""

    email: str
    logins_before: int  # in the legacy system, where each opens one account
    accounts_before: int  # of the user in the target
    accounts_after: int
    accounts: str

    @property
    def new(self) -> bool:
        """Whether this person has never met the page before."""
        return self.accounts_before < 2


class ChooserFacts(msgspec.Struct, frozen=True):
    people: int = 0
    new: int = 0
    sample: tuple[Chooser, ...] = ()  # new ones first


class PeopleFacts(msgspec.Struct, frozen=True):
    """Labels and tiers in numbers of logins; samples are at most SAMPLE rows each."""

    labels: dict[str, int] = {}
    tiers: dict[str, int] = {}  # watched tier -> logins with a permission of it
    holders: dict[str, int] = {}  # permission of a watched tier -> logins that hold it
    permissions: dict[str, Risk] = {}  # what each can do, see mappings/labels.yaml
    holder_sample: tuple[PermissionHolder, ...] = ()  # critical ones first
    choosers: ChooserFacts = ChooserFacts()

    def holders_of(self, tier: Tier) -> dict[str, int]:
        """Give the permissions of a tier that somebody holds, and by how many logins."""
        return {
            key: number
            for key, number in self.holders.items()
            if key in self.permissions and self.permissions[key].tier == tier
        }
