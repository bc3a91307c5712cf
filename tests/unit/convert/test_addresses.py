"""Addresses are judged by their form alone: nothing is looked up, nothing repaired."""

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.convert.addresses import _PLAIN, is_erased, is_role, is_too_long, is_usable, is_within
from syncd.model.mailboxes import RESERVED_DOMAINS, ROLE_MAILBOXES

LABEL = "d" * 60


@pytest.mark.parametrize(
    "address",
    [
        "jane@dev.example",
        "jane.doe+shop@mail.dev.example",
        "o'brien@dev.example",
        "r&d@dev.example",
        "jane@xn--bcher-kva.example",
        "deleted-12@anonymized.invalid",
        "test@example.com",
        "j@a.xn--p1ai",
        f"{'j' * 64}@dev.example",
        f"jane@{LABEL}.{LABEL}.{LABEL}.{'d' * 57}.example"[:254],
    ],
)
def test_what_can_be_written_to_is_usable(address: str) -> None:
    assert is_usable(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "john@",
        "@dev.example",
        "a b@dev.example",
        "a@b@dev.example",
        "jane@dev.example;bob@dev.example",
        "jane@dev.example, bob@dev.example",
        "jane@dev.example.",
        "jane@dev..example",
        ".jane@dev.example",
        "jane.@dev.example",
        "jane@localhost",
        "jane@[127.0.0.1]",
        '"jane doe"@dev.example',
        "josé@dev.example",
        "j\u0430ne@dev.example",
        "jane&amp;bob@dev.example",
        "jane&#64;dev.example",
        "j?rgen.m?ller@dev.example",  # letters lost in a conversion of the character set
        "jane@b?cher.example",
        "ren\ufffd@dev.example",
        "jane@b\ufffdcher.example",
        "ren\\xe9@dev.example",
        "jane\u200b@dev.example",
        "jane\n@dev.example",
        "jane\x00@dev.example",
        "jane@-dev.example",
        f"{'j' * 65}@dev.example",
    ],
)
def test_what_is_in_doubt_is_not_usable(address: str) -> None:
    assert not is_usable(address)


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_the_fast_path_is_stricter_than_the_judge_behind_it(address: str) -> None:
    if is_usable(address):
        email_validator.validate_email(
            address, check_deliverability=False, test_environment=True, globally_deliverable=False
        )


@given(st.text(max_size=30) | st.from_regex(r"\S{1,10}@\S{1,20}", fullmatch=True))
def test_judging_never_fails(address: str) -> None:
    assert is_usable(address) in (True, False)


@pytest.mark.parametrize(
    ("local", "domain", "too_long"),
    [
        (64, "dev.example", False),
        (65, "dev.example", True),
        (10, "d" * 231 + ".example", False),
        (10, "d" * 236 + ".example", True),
    ],
)
def test_an_address_is_too_long_beyond_254_characters_or_64_before_the_at_sign(
    local: int,
    domain: str,
    too_long: bool,  # noqa: FBT001
) -> None:
    assert is_too_long(f"{'j' * local}@{domain}") is too_long


def test_the_limit_of_254_is_exact() -> None:
    domain = "d" * (254 - len("jane@.example")) + ".example"

    assert not is_too_long(f"jane@{domain}")
    assert is_too_long(f"jane@d{domain}")


RFC_2142 = (
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster "
    "www uucp ftp"
)
OURS = (
    "info admin billing accounts accounting finance invoices sales office contact hello help it "
    "staff team"
)


def test_the_role_mailboxes_are_those_of_rfc_2142_and_the_ruling() -> None:
    assert frozenset(f"{RFC_2142} {OURS}".split()) == ROLE_MAILBOXES


def test_only_the_whole_local_part_makes_a_role_mailbox() -> None:
    assert is_role("info@dev.example")
    assert not is_role("information@dev.example")
    assert not is_role("jane@info.example")
    assert is_role("desk@dev.example", frozenset({"desk"}))


@pytest.mark.parametrize(
    "address",
    ["t@example.com", "t@shop.example.com", "t@a.b.test", "t@x.invalid", "t@acme.example"],
)
def test_a_domain_holds_what_is_below_it(address: str) -> None:
    assert is_within(address, RESERVED_DOMAINS)


@pytest.mark.parametrize(
    "address", ["", "test", "t@notexample.com", "t@example.com.mx", "test@test.ltd", "t@example.co"]
)
def test_what_only_looks_like_a_domain_is_not_in_it(address: str) -> None:
    assert not is_within(address, RESERVED_DOMAINS)


def test_no_domains_hold_nobody() -> None:
    assert not is_within("jane@dev.example", frozenset())


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("deleted-12@anonymized.invalid", ""),
        ("anonymised_7@shop.invalid", "Jane Doe"),
        ("erased@x.invalid", ""),
        ("", "Deleted Account"),
        ("", "deleted client"),
    ],
)
def test_what_is_left_of_an_erased_person_is_known(address: str, name: str) -> None:
    assert is_erased(address, name)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("jane@dev.example", "Deleted Account"),
        ("deleted-12@dev.example", ""),
        ("jane@shop.invalid", ""),
        ("", "Jane Doe"),
        ("", ""),
    ],
)
def test_a_living_person_is_not_taken_for_an_erased_one(address: str, name: str) -> None:
    assert not is_erased(address, name)
