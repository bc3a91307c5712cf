"""Who gets which mail, by the legacy columns."""

import pytest

from syncd.model.mail import client_mail, contact_mail
from syncd.model.resources import PREFERENCES


@pytest.mark.parametrize(("flags", "wanted"), [
    (("1", "0", "0", "1", "", None), ("general", "invoice")),
    (("on", "TRUE", " on ", "1", "1", "1"), PREFERENCES),
    ((None,) * 6, ()),
    # What is neither on nor off is not guessed: convert holds such a contact.
    (("2", "maybe", "0", "0", "0", "1"), ("affiliate",)),
])  # fmt: skip
def test_a_contact_gets_what_its_columns_switch_on(
    flags: tuple[str | None, ...], wanted: tuple[str, ...]
) -> None:
    assert contact_mail(flags) == wanted


@pytest.mark.parametrize("raw", [None, "", "{}", "{broken", "[]", "null", '{"general":"1"}'])
def test_a_client_gets_everything_unless_told_otherwise(raw: str | None) -> None:
    assert client_mail(raw) == PREFERENCES


@pytest.mark.parametrize("off", ['"0"', "0", "false", '""', '"off"'])
def test_a_client_may_switch_categories_off(off: str) -> None:
    raw = f'{{"domain":{off},"invoice":{off},"support":"1","unheard_of":"0"}}'
    assert client_mail(raw) == ("general", "product", "support", "affiliate")
