"""The suppression list: people who were erased and must stay so, known by a hash alone (T-40).

Their rows lose everything but their ids at the door, before anything is stored. From there on they
are rows of erased persons, and no plan, report or log can name them.
"""

from collections.abc import Collection
from hashlib import sha256

from syncd.model.finding import Finding
from syncd.model.identity import normalise
from syncd.model.keys import account_key, membership_key, parts_of, user_key
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.text import decode_entities

Row = LegacyClient | LegacyContact
Suppressed = frozenset[str]  # hashes: see `suppression`

_DOMAIN = "suppressed.invalid"


def suppression(address: str) -> str:
    """Give the line of the list for an address: SHA-256 of its normalised form, in hex."""
    return sha256(normalise(address).encode("utf-8", "surrogatepass")).hexdigest()


def digest(suppressed: Collection[str]) -> str:
    """Give what tells one list from another, "" for one without entries."""
    return sha256("".join(sorted(suppressed)).encode()).hexdigest() if suppressed else ""


def is_suppressed(address: str | None, suppressed: Collection[str]) -> bool:
    """Say whether an address is on the list, in any spelling: rather one too many than one of them.

    Those with an HTML entity, or with capitals that `normalise` leaves alone, are spellings too.
    """
    return bool(suppressed and entries_for(address, suppressed))


def entries_for(address: str | None, suppressed: Collection[str]) -> Suppressed:
    """Give the entries of the list that an address is on by, see `is_suppressed`."""
    if not address:
        return frozenset()
    spellings = {address, decode_entities(address)}
    if not address.isascii():
        spellings.add(address.lower())
    return frozenset(entry for entry in map(suppression, spellings) if entry in suppressed)


def without_person(row: Row) -> Row:
    """Give the row with its ids and its status, and an address like that of any erased person."""
    if isinstance(row, LegacyClient):
        email = f"erased-{row.client_id}@{_DOMAIN}"
        return LegacyClient(row.source, row.client_id, email=email, status=row.status)
    email = f"erased-{row.contact_id}@{_DOMAIN}"
    return LegacyContact(row.source, row.contact_id, row.client_id, email=email)


def stand_in(address: str, suppressed: Collection[str]) -> str:
    """Give an address as it may be shown: itself, or what stands for a person on the list."""
    if not is_suppressed(address, suppressed):
        return address
    return f"suppressed-{suppression(address)[:12]}@{_DOMAIN}"


def unnamed_scope(scope: str, suppressed: Collection[str]) -> str:
    """Give the key of a resource, or another that does not name a person on the list."""
    parts = parts_of(scope)
    email = stand_in(parts.email, suppressed)
    if email == parts.email:
        return scope
    return membership_key(parts.account, email) if parts.account else user_key(email)


def erasure_code(identity: str) -> str:
    """Name the finding on a row of an erased person: of the list, or anonymised in the data."""
    listed = identity.endswith(f"@{_DOMAIN}")
    return "suppressed_person" if listed else "erased_person"


def left_in_target(account: str, address: str) -> Finding:
    """Give the note on what the target still has of a suppressed person, who is not named in it."""
    scope = account_key(account) if account else user_key(suppression(address)[:12])
    return Finding("suppressed_in_target", scope, account)
