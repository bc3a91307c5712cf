"""Reading: a legacy row -> what it says. Each row is read here, and nowhere else.

The address is normalised, `subaccount` judged, the flags mapped, the marks of mail read and the
texts cleaned. What follows from that is the work of `convert`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from syncd.convert.addresses import is_erased
from syncd.model.flags import FlagReader
from syncd.model.identity import normalise
from syncd.model.legacy import (
    LegacyClient,
    LegacyContact,
    LegacyReference,
    LegacyRow,
    LegacyStaff,
    LegacyTerm,
)
from syncd.model.reading import ClientReading, ContactReading, Read, Reading, person
from syncd.model.resources import PREFERENCES, Preference, Profile
from syncd.model.text import clean, read_flag

Row = LegacyClient | LegacyContact
_AS_WRITTEN: Mapping[str, str] = {}

# The columns of either row that a Profile is made of, in its order.
profile_columns: Callable[[Row], tuple[str | None, ...]] = attrgetter(*Profile.__struct_fields__)
# The six columns of a contact's mail, in the order of PREFERENCES.
_marks: Callable[[LegacyContact], tuple[str | None, ...]] = attrgetter(
    *(f"{preference}_emails" for preference in PREFERENCES)
)


class Reader:
    """Reads rows; see `model.reading.RowReader`.

    `meant` are the addresses that a person took others for: see `encoded`.
    """

    def __init__(self, read_flags: FlagReader, meant: Mapping[str, str] = _AS_WRITTEN) -> None:
        self._read_flags = read_flags
        self._meant = meant

    def row(self, row: Row) -> Reading:
        if isinstance(row, LegacyClient):
            return read_client(row, self._meant)
        return read_contact(row, self._read_flags, self._meant)

    def rows(self, table: type[LegacyRow], rows: Iterable[tuple[Any, ...]]) -> Iterator[Read]:
        for values in rows:
            row = table(*values)
            match row:
                case LegacyClient() | LegacyContact():
                    yield self.row(row)
                case LegacyReference() | LegacyTerm():
                    yield row
                case LegacyStaff():
                    yield LegacyStaff(row.source, normalise(row.email))


def read_client(row: LegacyClient, meant: Mapping[str, str] = _AS_WRITTEN) -> ClientReading:
    spelling, profile = normalise(row.email), _profile(row)
    email = meant.get(spelling, spelling)
    return ClientReading(
        row,
        email,
        profile,
        status=clean(row.status),
        language=clean(row.language),
        two_factor=clean(row.two_factor),
        billing=_number(row.billing_contact),
        mail=client_mail(row.email_preferences),
        currency=_number(row.currency),
        group=_number(row.group),
        marketing=_marketing(row),
        has_notes=bool(row.notes),
        is_erased=_is_erased(email, profile),
    )


def read_contact(
    row: LegacyContact, read_flags: FlagReader, meant: Mapping[str, str] = _AS_WRITTEN
) -> ContactReading:
    spelling, profile, marks = normalise(row.email), _profile(row), _marks(row)
    email = meant.get(spelling, spelling)
    mail, unclear = contact_mail(marks)
    login = read_flag(row.subaccount)
    return ContactReading(
        row,
        email,
        profile,
        login,
        flags=read_flags(row.permissions),
        mail=mail,
        unclear_mail=unclear,
        is_erased=_is_erased(email, profile),
        # A table without any of the columns does not say that all mail is off.
        is_inert=not mail and not unclear and any(mark is not None for mark in marks),
        is_dormant=login is False
        and (bool(clean(row.permissions)) or row.password not in (None, "none")),
    )


def _number(raw: str | None) -> str:
    """Give the number by which a row names another; 0 names none."""
    number = clean(raw)
    return "" if number == "0" else number


def _marketing(row: LegacyClient) -> bool | None:
    consent, refusal = read_flag(row.marketing), read_flag(row.mail_opt_out)
    if row.marketing is not None:
        return consent
    return None if row.mail_opt_out is None or refusal is None else not refusal


def _profile(row: Row) -> Profile:
    return Profile(*map(clean, profile_columns(row)))


def _is_erased(email: str, profile: Profile) -> bool:
    # The name counts only where there is no address: see `is_erased`.
    return is_erased(email, "" if email else person(profile))


@lru_cache(maxsize=1024)  # real columns hold few distinct values
def contact_mail(
    marks: tuple[str | None, ...],
) -> tuple[tuple[Preference, ...], tuple[str, ...]]:
    """Give the categories that a contact's six columns switch on, and what is unclear (T-46)."""
    on: list[Preference] = []
    unclear = []
    for preference, raw in zip(PREFERENCES, marks, strict=True):
        ticked = read_flag(raw)
        if ticked is None:
            unclear.append(f"{preference}={raw!r}")
        elif ticked:
            on.append(preference)
    return tuple(on), tuple(unclear)


@lru_cache(maxsize=1024)
def client_mail(raw: str | None) -> tuple[Preference, ...]:
    """Give the categories of mail that the client itself gets.

    Everything, but what the JSON of `email_preferences` switches off; before 7.10 there was none.
    """
    try:
        switches = msgspec.json.decode(raw or "{}")
    except msgspec.DecodeError:
        switches = {}
    if not isinstance(switches, dict):
        switches = {}
    return tuple(
        preference
        for preference in PREFERENCES
        if read_flag(str(switches.get(preference, "1"))) is not False
    )
