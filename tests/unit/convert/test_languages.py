"""Languages: by WHMCS's names, from names and codes; nothing by likeness."""

import pytest
from people import client, convert_all

from syncd.convert.languages import language_of


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("english", "english"),
        ("English", "english"),
        ("en", "english"),
        ("en_GB", "english"),
        ("de-AT", "german"),
        ("pt_BR", "portuguese-br"),
        ("pt", "portuguese-pt"),
        ("portuguese-br", "portuguese-br"),
        ("uk", "ukranian"),
    ],
)
def test_a_language_is_known_by_its_name_and_its_code(raw: str, language: str) -> None:
    assert language_of(raw) == language


@pytest.mark.parametrize("raw", ["", "klingon", "xx", "engl", "../../etc", "en glish"])
def test_what_is_unknown_is_left_out(raw: str) -> None:
    assert language_of(raw) == ""


def test_an_account_goes_without_a_language_it_cannot_have_and_it_is_reported() -> None:
    rows = [client(17, "olga@acme.example", language="klingon"),
            client(18, "otto@wolf.example", language="de"),
            client(19, "lee@firm.example", language=""),
            client(20, "max@firm.example", language=" de&#45;AT\u00a0"),
            client(21, "mia@firm.example", language=None)]  # fmt: skip

    story = convert_all(rows, [])

    languages = [story.accounts[ref].language for ref in sorted(story.accounts)]
    assert languages == ["", "german", "", "german", ""]
    assert story.the("language_left_out").detail == "klingon"
