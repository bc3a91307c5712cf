"""Who holds what is dangerous, who has to choose an account, whose user has none."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from altered import changed
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with

from syncd import run
from syncd.config.files import load_roles
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.policy import Fuses, Policy, Waves
from syncd.report.facts import Header
from syncd.report.files import ReportRules
from syncd.report.holding import PeopleFacts
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
OLGA, JANE, KIM = "olga@acme.example", "jane@dev.example", "kim@dev.example"
SETTINGS = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})


class Shop:
    """Plans made of legacy rows and a target in memory, each with all of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = MemoryTarget("shop")

    def plan(
        self,
        clients: Sequence[LegacyClient],
        contacts: Sequence[LegacyContact] = (),
        cutover_date: date | None = None,
        **settings: Any,
    ) -> run.Result:
        job = run.Job(
            [MemorySource("legacy", clients, contacts)],
            self.target,
            changed(SETTINGS, **settings),
            self.folder / "state",
            ReportRules(load_roles("labels"), Policy(cutover_date=cutover_date)),
            now=lambda: NOW,
        )
        return run.planned(job, self.folder / "out")

    def people(self, *rows: Any, **settings: Any) -> PeopleFacts:
        return self.plan(*rows, **settings).report.facts.people

    def rows(self, file: str) -> list[dict[str, str]]:
        with (self.folder / "out" / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


ACME, BOLT = client(17, OLGA, company="Acme Ltd"), client(18, "bo@bolt.example", first_name="Bo")


# --- labels and tiers -----------------------------------------------------------------------


def test_logins_and_mails_have_a_label(shop: Shop) -> None:
    contacts = [sub(1, 17, JANE, "invoices"), sub(2, 17, KIM, "manageproducts,zz")]

    people = shop.people([ACME], contacts)

    labels = {row["email"]: row["label"] for row in shop.rows("access.csv")}
    assert labels == {JANE: "billing", KIM: "technical"}
    assert [(row["email"], row["label"]) for row in shop.rows("mails.csv")] == [(JANE, "billing")]
    assert people.labels == {"billing": 1, "technical": 1}


def test_the_holders_of_dangerous_permissions_are_listed(shop: Shop) -> None:
    contacts = [
        sub(1, 17, JANE, "profile,orders,tickets"),
        sub(2, 17, KIM, "invoices,products"),
        sub(3, 18, "wait@dev.example", "emails,zz"),
        sub(4, 17, OLGA, "profile"),  # the owner
        contact(5, 17, "plain@dev.example", permissions="profile"),
    ]

    people = shop.people([ACME, BOLT], contacts)

    assert [tuple(row.values()) for row in shop.rows("high_risk.csv")] == [
        (JANE, "legacy/17", "Acme Ltd", "profile", "critical",
         "change the client's own name, address and e-mail address", "same"),
        (JANE, "legacy/17", "Acme Ltd", "orders", "high",
         "order, upgrade and cancel at the client's expense", "same"),
        ("wait@dev.example", "legacy/18", "Bo Owner", "emails", "high",
         "read the mails sent to the client, including login details", "waits"),
    ]  # fmt: skip
    assert people.tiers == {"critical": 1, "high": 2}
    assert people.holders == {"profile": 1, "emails": 1, "orders": 1}
    assert [one.tier for one in people.holder_sample] == ["critical", "high", "high"]


def test_who_has_a_dangerous_permission_keeps_it_and_nobody_gets_one(shop: Shop) -> None:
    report = shop.plan([ACME], [sub(1, 17, JANE, "profile"), sub(2, 17, KIM, "tickets")]).report

    assert report.facts.logins == {"same": 2}
    assert [row["email"] for row in shop.rows("high_risk.csv")] == [JANE]


# --- the account chooser --------------------------------------------------------------------


def choosers(shop: Shop) -> dict[str, tuple[str, ...]]:
    return {row.pop("email"): tuple(row.values()) for row in shop.rows("account_chooser.csv")}


def test_who_gets_into_several_accounts_has_to_choose(shop: Shop) -> None:
    contacts = [sub(1, 17, JANE), sub(2, 18, JANE), sub(3, 17, KIM)]

    people = shop.people([ACME, BOLT], contacts)

    assert choosers(shop) == {JANE: ("2", "0", "2", "yes", "legacy/17 legacy/18")}
    assert (people.choosers.people, people.choosers.new) == (1, 1)


def test_an_owned_account_counts(shop: Shop) -> None:
    contacts = [sub(1, 18, OLGA, first_name="Olga", last_name="Owner")]

    shop.plan([ACME, BOLT], contacts)

    assert choosers(shop) == {OLGA: ("2", "0", "2", "yes", "legacy/17 legacy/18")}


def both_are_there(shop: Shop, *members: dict[str, Any]) -> None:
    shop.target.load(
        clients=[
            {"id": 3, "companyname": "Acme Ltd", "email": OLGA},
            {"id": 4, "firstname": "Bo", "lastname": "Owner", "email": "bo@bolt.example"},
        ],
        users=[
            {"id": 5, "email": OLGA},
            {"id": 6, "email": "bo@bolt.example"},
            {"id": 7, "email": JANE},
        ],
        memberships=[
            {"client_id": 3, "user_id": 5, "owner": True},
            {"client_id": 4, "user_id": 6, "owner": True},
            *members,
        ],
    )


def test_who_had_one_account_meets_the_page_for_the_first_time(shop: Shop) -> None:
    both_are_there(shop, {"client_id": 3, "user_id": 7, "permissions": ["tickets"]})

    people = shop.people([ACME, BOLT], [sub(1, 17, JANE), sub(2, 18, JANE)])

    assert choosers(shop) == {JANE: ("2", "1", "2", "yes", "legacy/17 legacy/18")}
    assert people.choosers.new == 1


def test_who_chooses_already_is_not_new_to_it(shop: Shop) -> None:
    given = [{"client_id": id_, "user_id": 7, "permissions": ["tickets"]} for id_ in (3, 4)]
    both_are_there(shop, *given)

    people = shop.people([ACME, BOLT], [sub(1, 17, JANE), sub(2, 18, JANE)])

    assert choosers(shop) == {JANE: ("2", "2", "2", "no", "legacy/17 legacy/18")}
    assert (people.choosers.people, people.choosers.new) == (1, 0)


def test_who_waits_for_the_second_account_does_not_choose_yet(shop: Shop) -> None:
    shop.plan([ACME, BOLT], [sub(1, 17, JANE), sub(2, 18, JANE, "tickets,zz")])

    assert choosers(shop) == {}


def test_whose_invitation_comes_with_the_next_wave_will_choose(shop: Shop) -> None:
    shop.plan([ACME, BOLT], [sub(1, 17, JANE), sub(2, 18, JANE)], waves=Waves(1))

    assert choosers(shop)[JANE][2] == "2"


# --- the date of the cut-over ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "days", "said"),
    [
        (date(2026, 4, 1), 31, "Cut-over on 2026-04-01, 31 days after this plan."),
        (date(2026, 3, 2), 1, "Cut-over on 2026-03-02, 1 day after this plan."),
        (date(2026, 3, 1), 0, "Cut-over on 2026-03-01, the day of this plan."),
        (date(2026, 2, 27), -2, "Cut-over on 2026-02-27, 2 days before this plan."),
    ],
)
def test_the_header_says_how_far_off_the_cutover_is(
    shop: Shop, on: date, days: int, said: str
) -> None:
    header = shop.plan([ACME], cutover_date=on).report.facts.header

    assert (header.cutover_date, header.days_to_cutover) == (on.isoformat(), days)
    assert said in (shop.folder / "out" / "report.txt").read_text().splitlines()
    page = (shop.folder / "out" / "report.html").read_text()
    assert said.removeprefix("Cut").removesuffix(".") in page


def test_nothing_but_the_header_depends_on_the_cutover(shop: Shop, tmp_path: Path) -> None:
    contacts = [sub(1, 17, JANE)]
    dated = shop.plan([ACME], contacts, cutover_date=date(2026, 4, 1))
    bare = Shop(tmp_path / "bare").plan([ACME], contacts)

    unsealed = {"files": {}, "seal": ""}  # the files say the date
    assert changed(dated.manifest, **unsealed) == changed(bare.manifest, **unsealed)
    assert dated.report.sentences == bare.report.sentences
    header = bare.report.facts.header
    assert msgspec.structs.replace(dated.report.facts, header=header) == bare.report.facts
    assert "ut-over on" not in (tmp_path / "bare" / "out" / "report.txt").read_text()
    assert isinstance(header, Header)
