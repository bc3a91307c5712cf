"""What may be known of a stored password, and where the fields of legacy rows come from."""

import msgspec
import pytest

from syncd.model.legacy import (
    CLIENT_COLUMNS,
    CONTACT_COLUMNS,
    LegacyClient,
    LegacyContact,
    password_kind,
)

HEX32, HEX64 = "0123456789abcdef" * 2, "0123456789abcdef" * 4
BCRYPT = "10$" + "N" * 53


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (None, "none"),
        ("", "none"),
        (f"$2y${BCRYPT}", "bcrypt"),
        (f"$2a${BCRYPT}", "bcrypt"),
        (f"$2x${BCRYPT}", "unknown"),  # of a faulty crypt_blowfish
        (f"$2b${BCRYPT}", "bcrypt"),
        (HEX32, "md5"),
        (HEX32.upper(), "md5"),
        (f"{HEX32}:salt", "md5-salted"),
        (f"{HEX64}:salt", "hmac-sha256"),
        (HEX64, "unknown"),
        (HEX32[:-1], "unknown"),
        (f"$2y${BCRYPT}x", "unknown"),
        (f"$2y$03{BCRYPT[2:]}", "unknown"),
        (f"$2y$16{BCRYPT[2:]}", "unknown"),
        (f"$2y${BCRYPT[:-1]}!", "unknown"),
        ("reversible+blob/==", "unknown"),
        ("hunter2", "unknown"),
    ],
)
def test_a_stored_password_is_known_by_its_kind_alone(stored: str | None, kind: str) -> None:
    assert password_kind(stored) == kind


@pytest.mark.parametrize(
    ("table", "columns"), [(LegacyClient, CLIENT_COLUMNS), (LegacyContact, CONTACT_COLUMNS)]
)
def test_every_field_but_the_source_names_its_column(
    table: type[msgspec.Struct], columns: dict[str, str]
) -> None:
    assert ("source", *columns) == table.__struct_fields__


def test_the_column_userid_of_a_contact_means_its_client() -> None:
    assert CONTACT_COLUMNS["client_id"] == "userid"


def test_no_two_fields_share_a_column() -> None:
    for columns in (CLIENT_COLUMNS, CONTACT_COLUMNS):
        assert len(set(columns.values())) == len(columns)


def test_rows_travel_as_arrays_in_the_order_of_their_fields() -> None:
    row = LegacyContact("legacy", 9, 17, "Jane")

    encoded = msgspec.json.encode(row)

    assert encoded.startswith(b'["legacy",9,17,"Jane",')
    assert msgspec.json.decode(encoded, type=LegacyContact) == row
