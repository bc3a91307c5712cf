"""What runs did since the plan of the page file was made, laid over what the file says."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from syncd.journal.glance import Glance, PastChange
from syncd.model.change import Verb
from syncd.model.keys import account_key, kind_of, user_key
from syncd.model.outcome import Outcome
from syncd.model.resources import Account, Contact
from syncd.pages.finder import FoundAccount
from syncd.pages.rows import AccountOnFile, ContactOnFile, PersonOnFile

NEW = "new"  # in place of an id that nobody has been told
_NOTHING = {"verb": "", "reason": "", "verdict": "", "rule": ""}


class Since(msgspec.Struct, frozen=True):
    """The last change that was made under each key, and the ids that the target gave."""

    made: Mapping[str, PastChange]
    ids: Mapping[str, str]

    def account(self, row: AccountOnFile) -> AccountOnFile:
        past = self.made.get(account_key(row.account))
        if past is None or not isinstance(past.change.after, Account):
            return row
        client = self.ids.get(past.change.key, row.client)
        return msgspec.structs.replace(
            row, is_there=True, client=client, owner=past.change.after.owner, **_NOTHING
        )

    def hit(self, hit: FoundAccount) -> FoundAccount:
        key = account_key(hit.account)
        if key not in self.made:
            return hit
        return msgspec.structs.replace(hit, is_there=True, client=self.ids.get(key, hit.client))

    def contact(self, row: ContactOnFile) -> ContactOnFile:
        past = self.made.get(row.key)
        if past is None:
            return row
        after = past.change.after
        if not isinstance(after, Contact):
            return msgspec.structs.replace(row, has=None, wanted=None, **_NOTHING)
        mail = list(after.preferences)
        return msgspec.structs.replace(row, has=mail, email=after.email, **_NOTHING)

    def person(self, row: PersonOnFile) -> PersonOnFile:
        past = self.made.get(user_key(row.email))
        if past is None or past.change.verb is not Verb.ADD:
            return row
        return msgspec.structs.replace(row, user_id=NEW, **_NOTHING)


def since(glance: Glance, keys: Collection[str], made_at: datetime) -> Since:
    """Look up what was done under these keys since the plan was made."""
    done = glance.changes_to(keys, made_at, len(keys) * 4 + 1)
    made: dict[str, PastChange] = {}
    for past in done:  # the newest first
        if past.outcome in (Outcome.APPLIED, Outcome.IN_DOUBT):
            made.setdefault(past.change.key, past)
    return Since(made, glance.ids_of([key for key in made if kind_of(key) == "account"]))
