"""Finding accounts and people: by address, name, company or id."""

import re

import msgspec

from syncd.model.keys import account_key, parts_of
from syncd.model.resources import account_ref
from syncd.pages.shelf import Leaf

PAGE = 25  # of each kind
_LONGEST = 200  # letters of a question
_DEEPEST = 10_000  # rows: who has to page farther asks more exactly
_NUMBER = re.compile(r"#?(\d{1,18})")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/\d+")


class FoundAccount(msgspec.Struct, frozen=True):
    account: str
    label: str
    person: str
    owner: str
    legacy_owner: str
    client: str
    status: str
    is_there: bool


class FoundPerson(msgspec.Struct, frozen=True):
    email: str
    name: str


class Hits(msgspec.Struct, frozen=True):
    """What a question finds, a page of each; `more` where there is another page."""

    accounts: list[FoundAccount]
    people: list[FoundPerson]
    more: bool

    @property
    def only(self) -> FoundAccount | FoundPerson | None:
        """The one thing that was meant, where there is but one."""
        both: list[FoundAccount | FoundPerson] = [*self.accounts, *self.people]
        return both[0] if len(both) == 1 else None


NOTHING = Hits([], [], more=False)


def hits_of(leaf: Leaf, question: str, skip: int = 0) -> Hits:
    """Give what a question finds: an id exactly, all else wherever its words stand.

    Words are compared without case and accents. `legacy/17`, `17`, `#17` and keys such as
    `contact:legacy/5` are ids.
    """
    asked = question.strip()[:_LONGEST]
    if not asked:
        return NOTHING
    by_id = _by_id(leaf, asked)
    if by_id is not None:
        return by_id
    skip = max(0, min(skip, _DEEPEST))
    words = {f"word{number}": word for number, word in enumerate(asked.split()[:8])}
    where = " AND ".join(f"contains(folded, lower(strip_accents(${name})))" for name in words)
    page = {**words, "most": PAGE + 1, "skip": skip}
    accounts = leaf.values(
        FoundAccount,
        f"FROM accounts WHERE {where} LIMIT $most OFFSET $skip",
        page,
    )
    people = leaf.values(
        FoundPerson,
        f"FROM people WHERE {where} LIMIT $most OFFSET $skip",
        page,
    )
    return Hits(accounts[:PAGE], people[:PAGE], more=max(len(accounts), len(people)) > PAGE)


def _by_id(leaf: Leaf, asked: str) -> Hits | None:
    """Give what has an id, None where the question is none."""
    number = _NUMBER.fullmatch(asked)
    if number:
        accounts = _numbered(leaf, number[1])
        return Hits(accounts, [], more=False) if accounts else None
    parts = parts_of(asked if ":" in asked else account_key(asked))
    if parts.kind == "contact":
        query = "FROM contacts WHERE key = $id"
        emails = leaf.values(_Whose, query, {"id": asked})
        return Hits(
            [], [FoundPerson(each.email, each.name) for each in emails if each.email], more=False
        )
    if _REF.fullmatch(parts.account):
        query = "FROM accounts WHERE account = $id"
        return Hits(leaf.values(FoundAccount, query, {"id": parts.account}), [], more=False)
    return None


def _numbered(leaf: Leaf, number: str) -> list[FoundAccount]:
    """Give the accounts of that number in any source, and in the target."""
    header = leaf.report.facts.header
    sources = [*(source.name for source in header.sources), header.target]
    refs = [account_ref(source, number) for source in sources]
    known = "FROM accounts WHERE account IN (SELECT unnest($refs)) ORDER BY account"
    accounts = leaf.values(FoundAccount, known, {"refs": refs})
    bound = "FROM accounts WHERE client = $number LIMIT $most"
    others = leaf.values(FoundAccount, bound, {"number": number, "most": PAGE})
    return list(dict.fromkeys([*accounts, *others]))


class _Whose(msgspec.Struct, frozen=True):
    email: str
    name: str
