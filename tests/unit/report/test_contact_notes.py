"""Notes on contacts and owners that hold nothing."""

from people import client, contact, convert_all, sub

OWNER = "olga@acme.example"
OFF = dict.fromkeys(
    (f"{one}_emails" for one in ("general", "product", "domain", "invoice", "support")), "0"
)


def test_a_contact_that_gets_no_mail_is_noted_and_stays() -> None:
    story = convert_all([client(17, OWNER)], [contact(1, 17, "nix@acme.example", **OFF)])

    assert story.codes == ["inert_contact"]
    assert story.contacts["legacy/1"].preferences == ()


def test_one_who_gets_mail_logs_in_or_comes_without_columns_is_not_inert() -> None:
    story = convert_all(
        [client(17, OWNER)],
        [
            contact(1, 17, "a@acme.example", **OFF | {"invoice_emails": "1"}),
            contact(2, 17, "b@acme.example"),
            sub(3, 17, "c@acme.example", "tickets", **OFF),
        ],
    )

    assert story.codes == []


def test_a_second_factor_is_noted() -> None:
    story = convert_all([client(17, OWNER, two_factor="totp"), client(18, "bo@b.example")], [])

    assert (story.the("second_factor").account, story.the("second_factor").detail) == (
        "legacy/17",
        "totp",
    )
    assert len(story.findings) == 1
