"""What becomes of contacts: recipients, references, support, passwords and the worksheet."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with

from syncd.journal.journal import Journal
from syncd.model.change import Change, Reason, Verb
from syncd.model.legacy import LegacyClient, LegacyContact, LegacyReference, LegacyTerm
from syncd.model.policy import Fuses, Policy, SupportRule
from syncd.model.resources import Account, Contact
from syncd.model.verdict import Verdict, Word
from syncd.pipeline import Settings, make_plan
from syncd.report import contacts as contacts_of
from syncd.report.access import LoginCensus, accesses, weigh
from syncd.report.facts import ContactFacts
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.workspace import changes as results
from syncd.workspace.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OLGA, JANE = "olga@acme.example", "jane@dev.example"
ACME = client(17, OLGA, company="Acme Ltd")
SETTINGS = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})


class Shop:
    """A plan being made of legacy rows and a target in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = MemoryTarget("shop")
        self.workspace = Workspace(folder / "workspace.duckdb")
        self.journal = Journal.open(folder / "journal.sqlite", "shop")

    def plan(
        self,
        clients: Sequence[LegacyClient],
        contacts: Sequence[LegacyContact] = (),
        references: Sequence[LegacyReference] = (),
        settings: Settings = SETTINGS,
        terms: Sequence[LegacyTerm] = (),
    ) -> None:
        source = MemorySource("legacy", clients, contacts, references, terms=terms)
        make_plan(
            [source], self.target.reader(), self.workspace, self.journal, settings, NOW,
            lambda *_: None,
        )  # fmt: skip
        weigh(self.workspace, str)

    def write(self, support: SupportRule = "support-mail") -> ContactFacts:
        return contacts_of.write(self.workspace, self.folder, support)

    def rows(self, file: str) -> list[dict[str, str]]:
        with (self.folder / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    def recipients(self) -> list[tuple[str, str, str]]:
        rows = self.rows("recipients.csv")
        return [(row["change"], row["category"], row["email"]) for row in rows]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    with made.workspace, made.journal:
        yield made


def acme_is_there(shop: Shop, *contacts: dict[str, Any]) -> None:
    shop.target.load(
        clients=[{"id": 3, "companyname": "Acme Ltd", "email": OLGA}],
        users=[{"id": 5, "email": OLGA}],
        memberships=[{"client_id": 3, "user_id": 5, "owner": True}],
        contacts=[{"client_id": 3, **row} for row in contacts],
    )


def used(contact_id: int, kind: str, count: int = 1) -> LegacyReference:
    return LegacyReference("legacy", contact_id, kind, count)  # type: ignore[arg-type]


def stored(kind: str) -> dict[str, str]:
    """Give the column of a row whose password is of that kind."""
    return {"password": kind}


# --- recipients -----------------------------------------------------------------------------


def test_a_plan_that_carries_everything_changes_no_recipient(shop: Shop) -> None:
    shop.plan(
        [ACME],
        [
            contact(1, 17, "Carla@Books.example", invoice_emails="1", general_emails="on"),
            contact(2, 17, JANE, support_emails="1"),
            contact(3, 17, JANE, domain_emails="1"),  # a twin: the same person, other mail
            contact(4, 17, None, product_emails="1"),
            sub(5, 17, "sam@dev.example", affiliate_emails="true", product_emails="0"),
        ],
    )

    facts = shop.write()

    assert shop.recipients() == []
    assert facts.differences == 0


def test_an_account_that_is_held_loses_its_recipients(shop: Shop) -> None:
    held = changed(SETTINGS, create_missing=False)
    shop.plan([ACME], [contact(1, 17, JANE, invoice_emails="1", domain_emails="1")], (), held)

    facts = shop.write()

    assert shop.recipients() == [("removed", "domain", JANE), ("removed", "invoice", JANE)]
    assert (facts.recipients_added, facts.recipients_removed) == (0, 2)
    assert {row["why"] for row in shop.rows("recipients.csv")} == {"the account is not applied yet"}
    assert [one.category for one in facts.recipient_sample] == ["domain", "invoice"]


def test_a_held_contact_counts_as_what_is_there(shop: Shop) -> None:
    acme_is_there(
        shop,
        {"id": 9, "firstname": "Jane", "lastname": "Doe", "email": JANE,
         "email_preferences": {"general": True, "invoice": True}},
        {"id": 10, "email": "extra@acme.example", "email_preferences": {"support": True}},
    )  # fmt: skip
    shop.plan([ACME], [contact(1, 17, JANE, invoice_emails="1", support_emails="1")])

    shop.write()

    assert shop.recipients() == [
        ("added", "support", "extra@acme.example"),
        ("added", "general", JANE),
        ("removed", "support", JANE),
    ]
    extra, *janes = [row["why"] for row in shop.rows("recipients.csv")]
    assert extra == "the target has this recipient, the legacy system does not"
    assert janes == ["a person has to look first"] * 2


def test_recipients_are_checked_against_the_legacy_rows_and_not_against_convert(
    shop: Shop,
) -> None:
    shop.plan([ACME], [contact(1, 17, JANE, invoice_emails="1")])
    shop.workspace.con.execute("""UPDATE judged SET
        after = replace(after, '"invoice"', '"general"') WHERE kind = 'contact'""")

    shop.write()

    assert shop.recipients() == [("added", "general", JANE), ("removed", "invoice", JANE)]
    assert "a defect in syncd" in shop.rows("recipients.csv")[1]["why"]


def test_what_policy_leaves_out_is_no_difference(shop: Shop) -> None:
    closed = client(18, "bo@bolt.example", status="Closed")
    shop.plan([ACME, closed], [contact(1, 18, JANE, invoice_emails="1")])

    shop.write()

    assert shop.recipients() == []


def test_a_new_client_gets_more_than_one_that_was_set_to_less(shop: Shop) -> None:
    quiet = msgspec.structs.replace(ACME, email_preferences='{"invoice":"0","product":0}')
    shop.plan([quiet, client(18, "bo@bolt.example", email_preferences="broken {")])

    shop.write()

    assert shop.recipients() == [("added", "product", OLGA), ("added", "invoice", OLGA)]
    (task,) = shop.rows("worksheet.csv")
    assert (task["rule"], task["account"], task["who"]) == ("client-mail", "legacy/17", OLGA)
    assert task["why"].endswith("switch off: product, invoice")


def test_what_no_call_gives_a_new_account_is_work_for_a_person(shop: Shop) -> None:
    terms = [LegacyTerm("legacy", "group", "3", "Gold")]
    row = msgspec.structs.replace(ACME, status="Inactive", group="3", notes="1")
    plain = client(18, "bo@bolt.example", group="0")
    shop.plan([row, plain], terms=terms)

    shop.write()

    work = [(task["rule"], task["account"], task["who"]) for task in shop.rows("worksheet.csv")]
    # A target in memory has whatever group is named.
    assert work == [("account-status", "legacy/17", ""), ("account-notes", "legacy/17", "")]
    made = {change.key: change.after for change, _ in results.changes(shop.workspace)}
    account = made["account:legacy/17"]
    assert isinstance(account, Account)
    assert (account.status, account.terms.group) == ("Active", "Gold")  # as it will be


def test_a_client_that_is_there_is_not_compared(shop: Shop) -> None:
    acme_is_there(shop)
    shop.plan([msgspec.structs.replace(ACME, email_preferences='{"invoice":"0"}')])

    assert shop.write().differences == 0
    assert shop.rows("worksheet.csv") == []


# --- the last recipient of domain mail ------------------------------------------------------

OFF = '{"domain":"0"}'


@pytest.mark.parametrize(("preferences", "other", "rules"), [
    (OFF, {}, ["last-domain-recipient"]),
    # The client itself gets it: always before 7.10, and unless it is switched off.
    (None, {}, [""]),
    ('{"domain":"1","invoice":"0"}', {}, [""]),
    ('{"invoice":"0"}', {}, [""]),
    # Somebody whom only the target knows gets it.
    (OFF, {"email": "tim@acme.example", "email_preferences": {"domain": True}}, [""]),
    # Other mail, and an address that is none, are no help.
    (OFF, {"email": "tim@acme.example", "email_preferences": {"general": True}},
     ["last-domain-recipient"]),
    (OFF, {"email": "", "email_preferences": {"domain": True}}, ["last-domain-recipient"]),
])  # fmt: skip
def test_the_last_recipient_of_domain_mail_stays(
    shop: Shop, preferences: str | None, other: dict[str, Any], rules: list[str]
) -> None:
    jane = {"id": 9, "firstname": "Jane", "lastname": "Doe", "email": JANE}
    also = [{"id": 10, **other}] if other else []
    acme_is_there(shop, {**jane, "email_preferences": {"domain": True}}, *also)
    acme = msgspec.structs.replace(ACME, email_preferences=preferences)
    settings = changed(SETTINGS, policy=Policy(apply_reasons=frozenset(Reason)))

    shop.plan([acme], [contact(1, 17, JANE, invoice_emails="1")], (), settings)

    assert [verdict.rule for _, verdict in results.changes(shop.workspace)] == rules


def test_one_who_moves_and_keeps_domain_mail_goes_on_getting_it(shop: Shop) -> None:
    jane = {"id": 9, "firstname": "Janet", "lastname": "Doe", "email": JANE}
    acme_is_there(shop, {**jane, "email_preferences": {"domain": True}})
    acme = msgspec.structs.replace(ACME, email_preferences=OFF)
    settings = changed(SETTINGS, policy=Policy(apply_reasons=frozenset(Reason)))

    shop.plan([acme], [contact(1, 17, JANE, domain_emails="1")], (), settings)

    assert [verdict.rule for _, verdict in results.changes(shop.workspace)] == [""]


def test_a_successor_who_is_held_is_no_help(shop: Shop) -> None:
    jane = {"id": 9, "firstname": "Jane", "lastname": "Doe", "email": JANE}
    acme_is_there(shop, {**jane, "email_preferences": {"domain": True}})
    acme = msgspec.structs.replace(ACME, email_preferences=OFF)
    reasons = frozenset(Reason) - {Reason.NEW}
    settings = changed(SETTINGS, policy=Policy(apply_reasons=reasons))
    zoe = contact(2, 17, "zoe@acme.example", domain_emails="1")

    shop.plan([acme], [contact(1, 17, JANE, invoice_emails="1"), zoe], (), settings)

    rules = {change.key: verdict.rule for change, verdict in results.changes(shop.workspace)}
    assert rules == {
        "contact:legacy/1": "last-domain-recipient",
        "contact:legacy/2": "reason:new",
    }
    shop.write()
    (task,) = shop.rows("worksheet.csv")
    assert (task["rule"], task["who"]) == ("last-domain-recipient", f"{JANE} (legacy/1)")


# --- references -----------------------------------------------------------------------------


def test_references_are_added_up_by_contact(shop: Shop) -> None:
    acme = msgspec.structs.replace(ACME, billing_contact="1")
    shop.plan(
        [acme],
        [sub(1, 17, JANE), sub(2, 17, OLGA), sub(3, 17, "x@y.example", "managebilling"),
         contact(4, 17, "c@acme.example")],
        [used(1, "ticket", 2), used(1, "ticket"), used(2, "order"), used(3, "ticket_reply", 4),
         used(4, "social_login"), used(99, "pay_method")],
    )  # fmt: skip

    facts = shop.write()

    told = {row["contact_id"]: row for row in shop.rows("references.csv")}
    assert list(told) == [f"legacy/{number}" for number in (1, 2, 3, 4, 99)]
    assert facts.referenced == 5
    assert {key: row["login"] for key, row in told.items()} == {
        "legacy/1": "keeps", "legacy/2": "owner", "legacy/3": "waits", "legacy/4": "",
        "legacy/99": "",
    }  # fmt: skip
    assert (told["legacy/1"]["tickets"], told["legacy/1"]["billing_contact"]) == ("3", "yes")
    assert (told["legacy/2"]["orders"], told["legacy/2"]["billing_contact"]) == ("1", "no")
    assert told["legacy/3"]["ticket_replies"] == "4"
    assert told["legacy/4"]["social_logins"] == "1"
    assert (told["legacy/99"]["pay_methods"], told["legacy/99"]["account"]) == ("1", "")


# --- support --------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "wanted"), [
    ("support-mail", ["legacy/2"]), ("all", ["legacy/2", "legacy/10"]), ("none", []),
])  # fmt: skip
def test_who_may_ask_support(shop: Shop, rule: SupportRule, wanted: list[str]) -> None:
    shop.plan(
        [ACME],
        [contact(10, 17, JANE, invoice_emails="1"),
         contact(2, 17, "max@acme.example", first_name="Max", support_emails="1"),
         contact(3, 404, "orphan@acme.example", support_emails="1")],
        [used(2, "ticket", 3), used(2, "order", 9)],
    )  # fmt: skip

    facts = shop.write(rule)

    rows = shop.rows("support_contacts.csv")
    assert [row["contact_id"] for row in rows] == wanted
    assert facts.support == len(wanted)
    if wanted:
        assert rows[0]["account_name"] == "Acme Ltd"
        assert (rows[0]["name"], rows[0]["email"]) == ("Max Doe", "max@acme.example")
        assert rows[0]["tickets"] == "3"


# --- the worksheet --------------------------------------------------------------------------


def test_what_no_call_can_do_is_on_the_worksheet(shop: Shop) -> None:
    acme_is_there(shop)
    acme = msgspec.structs.replace(ACME, billing_contact="1")
    boxed = client(18, "bo@bolt.example", first_name="=Bo", company="", billing_contact="1")
    settings = changed(SETTINGS, create_missing=False)
    shop.plan([acme, boxed], [contact(1, 17, JANE, invoice_emails="1")], (), settings)
    gone = Contact("legacy/17", "legacy/7", "old@acme.example", ())  # type: ignore[arg-type]
    held = Verdict(Word.HOLD, "unsupported", "deleting a contact cannot be undone")
    change = Change(Verb.REMOVE, Reason.REVOKED, gone, None)
    results.stage_verdicts(shop.workspace, [(change, held)])

    facts = shop.write()

    create, delete, billing = shop.rows("worksheet.csv")
    assert facts.by_hand == 3
    assert {row["done"] for row in (create, delete, billing)} == {"[ ]"}
    assert create["task"].startswith("Create the account, or name its match")
    assert (create["account"], create["target_client"]) == ("legacy/18", "")
    assert create["account_name"] == "'=Bo Owner"
    assert (delete["task"], delete["who"]) == ("Delete the contact", "old@acme.example (legacy/7)")
    assert delete["target_client"] == "3"
    # Of the two accounts that name contact 1, only its own has it as billing contact.
    assert (billing["task"], billing["account"]) == ("Set the billing contact", "legacy/17")
    assert billing["who"] == f"{JANE} (legacy/1)"


def test_an_owner_whom_only_the_target_names_is_work_for_a_person(shop: Shop) -> None:
    acme_is_there(shop)
    shop.target.load(
        users=[{"id": 6, "email": "zoe@acme.example"}],
        memberships=[{"client_id": 3, "user_id": 6, "owner": True}],
    )
    shop.plan([ACME])

    shop.write()

    (task,) = shop.rows("worksheet.csv")
    assert (task["task"], task["rule"]) == ("Check who owns the account", "ownership")
    assert (task["account"], task["target_client"]) == ("legacy/17", "3")
    assert task["who"] == f"{OLGA} / zoe@acme.example"
    assert "Make Owner" in task["where"]


# --- passwords ------------------------------------------------------------------------------


def test_what_becomes_of_each_password(shop: Shop) -> None:
    acme_is_there(shop)
    shop.target.load(users=[{"id": 6, "email": "kim@dev.example"}])
    shop.plan(
        [ACME, client(18, "bo@bolt.example", first_name="Bo")],
        [
            sub(1, 17, JANE, **stored("bcrypt")),
            sub(2, 17, "kim@dev.example", **stored("md5")),
            sub(3, 17, "wait@dev.example", "managebilling", **stored("none")),
            sub(4, 17, OLGA, **stored("unknown")),
            sub(5, 18, "bo@bolt.example", **stored("md5-salted")),
        ],
    )
    census = LoginCensus(shop.workspace)

    found = list(accesses(shop.workspace))

    assert {one.email: (one.password, one.password_after) for one in found} == {
        JANE: ("bcrypt", "set"),
        "kim@dev.example": ("md5", "kept"),
        "wait@dev.example": ("none", "none"),
        OLGA: ("unknown", "kept"),
        "bo@bolt.example": ("md5-salted", "reset"),
    }
    assert census.by("password_after") == {"set": 1, "kept": 2, "none": 1, "reset": 1}
    assert census.by("password")["bcrypt"] == 1


def test_who_is_left_out_sets_no_password(shop: Shop) -> None:
    left_out = changed(SETTINGS, excluded=frozenset({JANE}))
    shop.plan([ACME], [sub(1, 17, JANE, **stored("bcrypt"))], (), left_out)

    (login,) = accesses(shop.workspace)
    assert (login.state, login.password_after) == ("excluded", "none")


def test_who_owns_the_account_in_the_target_alone_is_its_owner(shop: Shop) -> None:
    shop.target.load(
        clients=[{"id": 5, "email": OLGA}],
        users=[{"id": 6, "email": JANE}],
        memberships=[{"client_id": 5, "user_id": 6, "owner": True}],
    )
    shop.plan([ACME], [sub(1, 17, JANE, **stored("bcrypt"))])

    (login,) = accesses(shop.workspace)
    assert (login.state, login.password_after) == ("owner", "kept")


def test_who_is_made_first_asks_for_a_password(shop: Shop) -> None:
    shop.plan([ACME], [sub(1, 17, JANE)], (), changed(SETTINGS, users="create-first"))

    found = accesses(shop.workspace)
    outcomes = [one.password_after for one in found]

    assert outcomes == ["reset"]
