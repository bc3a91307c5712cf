"""Letters to customers: who is in which group, and what a letter may say. Pure.

A plan tells of each person on each account, see `Place`. A letter may promise only what the plan
does: what is held, left out or for a later wave is listed apart, with the reason.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from syncd.model.permission import Permissions

_MOST_OF_A_NAME = 80  # characters; beyond, it is a text that somebody wrote into the field
# What makes a mail program show a link, or a header.
_ACTING = re.compile(r"://|www\.|[\x00-\x1f\x7f\u2028\u2029]|\\[nrtxu]", re.IGNORECASE)
# Enough to tell an address from what was typed where one belongs; lists and blanks are none.
_ADDRESS = re.compile(r"[^\s@,;<>\\\"]+@[^\s@,;<>\\\"]+\.[^\s@,;<>\\\"]+")
# Pages of the legacy client area that are gone (S0-10).
_OLD = re.compile(r"clientarea\.php\?action=\w*contacts?\b", re.IGNORECASE)
# In this order one counts for a person: see `report.words.PASSWORDS`.
_LOGINS = ("carried", "kept", "reset", "set")


class LetterGroup(StrEnum):
    """What a letter is about; one to several groups have several of them, in this order."""

    OWNER = "owner"  # owns an account that others get into
    INVITED = "invited"  # is mailed an invitation by this plan
    KEEPS = "keeps"  # is let in without a mail, and has a password
    RESETS = "resets"  # needs a new password before the first login
    DELEGATE = "delegate"  # could make sub-accounts, and cannot any more
    CHOOSER = "chooser"  # has several accounts to choose from, for the first time
    ACCOUNTANT = "accountant"  # a contact that gets invoices, and no login
    SUPPORT = "support"  # a contact that may ask support, and no login


class PlaceStanding(StrEnum):
    """What a plan does for a person on an account."""

    OWNS = "owns"
    INVITED = "invited"
    ATTACHED = "attached"
    MEMBER = "member"  # has the access already
    CONTACT = "contact"
    ASKED = "asked"  # was invited before
    LATER = "later"
    BY_OWNER = "by_owner"
    HELD = "held"
    EXCLUDED = "excluded"
    REMOVED = "removed"


GETTING_IN = frozenset(
    {PlaceStanding.OWNS, PlaceStanding.INVITED, PlaceStanding.ATTACHED, PlaceStanding.MEMBER}
)
# What no letter promises, though the person may wait for it.
UNPROMISED = frozenset(set(PlaceStanding) - GETTING_IN - {PlaceStanding.CONTACT})


class Addressee(msgspec.Struct, frozen=True):
    """A row of people.csv: somebody on an account, as `role`.

    `owner`, `login`, or of a contact without a login `billing`, `support` or both; `why` is set
    where nothing may be promised to an owner.
    """

    email: str
    role: str
    account: str
    account_name: str
    contact_id: str  # of a contact
    has_user: str  # of an owner, yes or no: has the target a user of this address already?
    first_name: str
    last_name: str
    language: str  # of the client, as WHMCS names it; "" where it is not known
    why: str


class Other(msgspec.Struct, frozen=True):
    """Somebody else on an account, for its owner to read."""

    email: str
    permissions: Permissions
    standing: PlaceStanding


class Place(msgspec.Struct, frozen=True):
    """A person on one account, and what a plan does there."""

    account: str
    account_name: str
    role: str
    standing: PlaceStanding
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    login: str = ""  # what becomes of the password: carried, kept, reset or set
    before: Permissions = ()
    permissions: Permissions = ()  # once the plan is done
    others: tuple[Other, ...] = ()  # of an owned account, the first of them
    more: int = 0  # others that are not in `others`
    why: str = ""  # why nothing is promised

    @property
    def name(self) -> str:
        """What the account is called in a letter: never a text that acts."""
        return plain(self.account_name) or f"#{self.account.rpartition('/')[2]}"

    @property
    def delegates(self) -> bool:
        """Whether the person could make sub-accounts here, and then cannot."""
        gets_in = self.standing in GETTING_IN - {PlaceStanding.OWNS}
        return gets_in and "contacts" in self.before


class Correspondent(msgspec.Struct, frozen=True):
    """Somebody to whom one letter is written, whatever their groups and accounts."""

    email: str
    places: tuple[Place, ...]
    groups: tuple[LetterGroup, ...]

    @property
    def first_name(self) -> str:
        return next((place.first_name.strip() for place in self._named), "")

    @property
    def last_name(self) -> str:
        return next((place.last_name.strip() for place in self._named), "")

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def _named(self) -> Iterable[Place]:
        """The places whose names can be shown: where one half acts, neither is."""
        for place in self.places:
            halves = (place.first_name, place.last_name)
            if any(halves) and all(plain(half) or not half for half in halves):
                yield place

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the accounts, those of what is owned first."""
        return tuple(dict.fromkeys(place.language for place in self.places if place.language))

    @property
    def login(self) -> str:
        known = {place.login for place in self.places if place.standing in GETTING_IN}
        return next((login for login in _LOGINS if login in known), "")

    @property
    def owned(self) -> list[Place]:
        """The accounts of the person that others get into."""
        return [place for place in self._standing(PlaceStanding.OWNS) if place.others]

    @property
    def invited(self) -> list[Place]:
        return self._standing(PlaceStanding.INVITED)

    @property
    def attached(self) -> list[Place]:
        return self._standing(PlaceStanding.ATTACHED)

    @property
    def keeps_all(self) -> bool:
        """Whether the person may do all that they could, wherever this plan lets them in."""
        places = (*self.invited, *self.attached)
        return all(set(place.before) <= set(place.permissions) for place in places)

    @property
    def delegated(self) -> list[Place]:
        return [place for place in self.places if place.delegates]

    @property
    def entered(self) -> list[Place]:
        """All accounts that the person gets into."""
        return [place for place in self.places if place.standing in GETTING_IN]

    @property
    def billed(self) -> list[Place]:
        return self._contact("billing")

    @property
    def asking(self) -> list[Place]:
        """The accounts for which the person may ask support, as a contact."""
        return self._contact("support")

    def _standing(self, standing: PlaceStanding) -> list[Place]:
        return [place for place in self.places if place.standing is standing]

    def _contact(self, role: str) -> list[Place]:
        contacts = self._standing(PlaceStanding.CONTACT)
        return [place for place in contacts if role in place.role.split()]

    def may(self, permission: str) -> bool:
        """Say whether the person may do something on an account that this plan lets them into."""
        return any(permission in place.permissions for place in (*self.invited, *self.attached))


class Sender(msgspec.Struct, frozen=True):
    """The provider's own words, by the config."""

    provider: str
    mailbox: str
    billing: str
    client_area: str


def person(email: str, places: Sequence[Place], *, chooses: bool = False) -> Correspondent:
    """Give a person with the groups that a letter is about; none where there is nothing to say.

    `chooses` says that the page of accounts will be new to the person.
    """
    kept = tuple(dict.fromkeys(places))
    draft = Correspondent(email, kept, ())
    is_in = {
        LetterGroup.OWNER: bool(draft.owned),
        LetterGroup.INVITED: bool(draft.invited),
        LetterGroup.KEEPS: bool(draft.attached) and draft.login in ("carried", "kept"),
        LetterGroup.RESETS: draft.login == "reset",
        LetterGroup.DELEGATE: bool(draft.delegated),
        LetterGroup.CHOOSER: chooses and len(draft.entered) > 1,
        LetterGroup.ACCOUNTANT: bool(draft.billed),
        LetterGroup.SUPPORT: bool(draft.asking),
    }
    return Correspondent(email, kept, tuple(group for group in LetterGroup if is_in[group]))


def plain(name: str) -> str:
    """Give a name as a letter may have it: "" for one that a mail program might act on."""
    trimmed = name.strip()
    return "" if len(trimmed) > _MOST_OF_A_NAME or _ACTING.search(trimmed) else trimmed


def is_mailable(email: str) -> bool:
    """Say whether mail can be sent to this: contacts keep what was typed, address or not (T-13)."""
    return _ADDRESS.fullmatch(email) is not None


def faults(text: str, sender: Sender) -> list[str]:
    """Say what a letter has and may not have, or lacks and must have."""
    wrong = []
    old = _OLD.search(text)
    if old:
        wrong.append(f"it names {old[0]}, a page that the new client area does not have")
    if sender.mailbox not in text:
        wrong.append("it does not say where questions go: write {{ sender.mailbox }}")
    return wrong
