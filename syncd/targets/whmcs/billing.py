"""What a new client of a WHMCS is billed by: its currency, its group, its consent to marketing.

Ids of the two installations have nothing to do with each other, so currencies are looked up by
code and groups by name; a name that two of them have is not known.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property

from syncd.errors import ActionRefused, ActionUnknown, Conflict
from syncd.model.resources import Account
from syncd.ports import TargetTerms
from syncd.targets.whmcs import codec
from syncd.wire.bodies import Reply
from syncd.wire.client import ReadingClient


class Billing:
    """Currencies and client groups of a target, each asked for once."""

    def __init__(self, client: ReadingClient) -> None:
        self._client = client

    @property
    def terms(self) -> TargetTerms:
        return TargetTerms(_names(lambda: self._currencies), _names(lambda: self._groups))

    def params(self, account: Account) -> dict[str, str]:
        """Give the parameters of AddClient; raises `Conflict` where the currency has gone.

        A group that is not there is left out: it is on the worksheet.
        """
        wanted, params = account.terms, {}
        if wanted.currency:
            if wanted.currency not in self._currencies:
                known = ", ".join(self._currencies)
                raise Conflict(account.key, wanted.currency, f"currencies: {known}")
            params["currency"] = self._currencies[wanted.currency]
        if wanted.group and wanted.group in self._groups:
            params["groupid"] = self._groups[wanted.group]
        if wanted.marketing is not None:
            params["marketingoptin"] = str(int(wanted.marketing))
        return params

    @cached_property
    def _currencies(self) -> Mapping[str, str]:
        return self._ids("GetCurrencies", "code")

    @cached_property
    def _groups(self) -> Mapping[str, str]:
        return self._ids("GetClientGroups", "groupname")

    def _ids(self, action: str, field: str) -> Mapping[str, str]:
        named = codec.term_ids(action, field, self._client.call(action))
        times = Counter(name for name, _ in named)
        return {name: term_id for name, term_id in named if times[name] == 1}


def _names(look: Callable[[], Mapping[str, str]]) -> tuple[str, ...] | None:
    """Give the names; None where the role does not allow to ask."""
    try:
        return tuple(look())
    except (ActionRefused, ActionUnknown):
        return None


def made_with(reply: Reply, sent: Mapping[str, str]) -> dict[str, str]:
    """Give, of the parameters that were sent, what GetClientsDetails shows of them now."""
    client = reply.get("client")
    holder = client if isinstance(client, dict) else reply
    return {name: codec.shown_term(holder, name, value) for name, value in sent.items()}
