"""The page of a person: the accounts they own or are on, what they may do there, and why."""

import msgspec

from syncd.journal.glance import Glance
from syncd.model.keys import account_key, user_key
from syncd.pages.account import FindingLineOfPage, findings_of, mail_words, standings
from syncd.pages.desk import Desk
from syncd.pages.history import Event, events
from syncd.pages.rows import AccountOnFile, ContactOnFile, MemberOnFile, PersonOnFile
from syncd.pages.shelf import Leaf
from syncd.pages.since import NEW, since
from syncd.pages.standing import PersonStanding, ended
from syncd.report import words

MOST = 200  # accounts of one person that are shown: an agency may be on thousands


class OnAccount(msgspec.Struct, frozen=True):
    """A person on an account, with what people call it."""

    label: str
    standing: PersonStanding


class MailOn(msgspec.Struct, frozen=True):
    account: str
    label: str
    gets: str


class PersonPage(msgspec.Struct, frozen=True):
    email: str
    name: str
    user: str  # in a sentence
    owns: list[AccountOnFile]
    on: list[OnAccount]
    mail: list[MailOn]
    events: list[Event]
    findings: list[FindingLineOfPage]
    is_cut: bool  # there are more than MOST


def person_page(desk: Desk, leaf: Leaf, glance: Glance, email: str) -> PersonPage | None:
    """Gather the page of an address, None where the last plan knows nobody of it."""
    asked: dict[str, object] = {"email": email}
    known = leaf.values(PersonOnFile, "FROM people WHERE email = $email", asked)
    if not known:
        return None
    person, some = known[0], asked | {"most": MOST}
    owns = leaf.values(AccountOnFile, _OWNS, some)
    members = leaf.values(MemberOnFile, _ON, some)
    contacts = leaf.values(ContactOnFile, _MAIL, some)
    places = {m.account for m in members} | {c.account for c in contacts}
    labels = _labels(leaf, places)
    keys = [user_key(email), *(m.key for m in members), *(c.key for c in contacts)]
    done = since(glance, [*keys, *(account_key(a.account) for a in owns)], desk.planned_at(leaf))
    contacts = [done.contact(each) for each in contacts]
    return PersonPage(
        email=email,
        name=person.name,
        user=_user(done.person(person)),
        owns=[done.account(each) for each in owns],
        on=[
            OnAccount(labels.get(each.account, ""), each)
            for each in standings(desk, leaf, glance, [m for m in members if not m.is_owner])
        ],
        mail=[
            MailOn(
                each.account,
                labels.get(each.account, ""),
                mail_words(each.has if each.has is not None else each.legacy or []),
            )
            for each in contacts
        ],
        events=events(leaf, glance, keys, desk.yesterday(), "email", email),
        findings=findings_of(leaf, _FINDINGS, some),
        is_cut=MOST in (len(owns), len(members), len(contacts)),
    )


def _about(table: str, what: str) -> str:
    """Give what finds the rows of a table that are about an address, without looking at others."""
    places = f"SELECT number FROM places WHERE email = $email AND what = '{what}' LIMIT $most"
    return f"FROM {table} WHERE rowid IN ({places})"


_OWNS = f"{_about('accounts', 'account')} ORDER BY account"
_ON = f"{_about('members', 'member')} ORDER BY account"
_MAIL = f"{_about('contacts', 'contact')} ORDER BY account, key"
_FINDINGS = _about("findings", "finding")


class _Labelled(msgspec.Struct, frozen=True):
    account: str
    label: str


def _labels(leaf: Leaf, places: set[str]) -> dict[str, str]:
    """Give what people call these accounts."""
    query = "FROM accounts WHERE account IN (SELECT unnest($places))"
    rows = leaf.values(_Labelled, query, {"places": sorted(places)})
    return {row.account: row.label for row in rows}


def _user(person: PersonOnFile) -> str:
    if person.user_id == NEW:
        return "Is a user of the target, made since the last plan."
    if person.user_id:
        return f"Is user {person.user_id} of the target, and logs in there with this address."
    if person.verb == "+" and person.verdict == "apply":
        return "Is no user of the target yet: the next run that applies makes one."
    if person.verb == "+":
        return ended(f"Is no user of the target; held: {words.why(person.rule)}")
    return "Is no user of the target, as far as the last plan saw."
