"""The letters of a plan: to whom, what they say, and what they must not say."""

import csv
import re
from pathlib import Path

import msgspec
import pytest
from altered import changed
from lettered import LANGUAGES, SENDER, letters, planned, settings, unwritten, write
from people import client, contact, sub

from syncd.errors import PlanUnusable, StoreError
from syncd.model.lettering import LetterGroup
from syncd.model.policy import Policy, Waves
from syncd.model.suppression import suppression
from syncd.report import files
from syncd.report.files import ReportRules
from syncd.report.letter_templates import Templates, trial_people
from syncd.report.plan import load
from syncd.targets.memory import MemoryTarget

EVERY = (
    "profile,contacts,products,manageproducts,productsso,domains,managedomains,invoices,quotes,"
    "tickets,affiliates,emails,orders"
)
# The account is there already, so its owner keeps the login.
TARGET = {
    "users": [{"id": 1, "email": "olga@acme.example", "firstname": "Olga", "lastname": "Owner",
               "verified": True}],
    "clients": [{"id": 40, "email": "olga@acme.example", "firstname": "Olga",
                 "lastname": "Owner", "companyname": "Acme Ltd"}],
    "memberships": [{"client_id": 40, "user_id": 1, "owner": True}],
}  # fmt: skip
ACME = client(17, "olga@acme.example", company="Acme Ltd", language="german")
SEVERAL = [
    ACME,
    client(18, "bob@bolt.example", first_name="Bob", last_name="Bolt", company="Bolt Ltd"),
    client(19, "vera@cork.example", first_name="Vera", last_name="Cork", language="french"),
]
CONTACTS = [
    sub(1, 17, "jane@dev.example", "invoices,tickets"),
    sub(2, 18, "jane@dev.example", "products"),
    sub(3, 17, "dora@acme.example", EVERY, first_name="Dora", last_name="Delegate"),
    contact(4, 17, "books@count.example", first_name="Ada", last_name="Count", invoice_emails="1"),
    contact(5, 18, "ops@bolt.example", first_name="Omar", last_name="Ops", support_emails="1"),
    contact(6, 18, "quiet@bolt.example"),
    sub(7, 19, "zed@dev.example", "zz"),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the letters of a plan that invites, with somebody in every group that it can have."""
    folder = tmp_path_factory.mktemp("letters")
    write(planned(folder, SEVERAL, CONTACTS, TARGET), folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Give every letter and announcement that the shipped templates can make, on one line each."""
    templates = Templates(None, LANGUAGES, SENDER, None)
    made = [templates.letter(whose, language) for whose in trial_people() for language in LANGUAGES]
    made += [
        templates.announcement(language, policy)
        for language in LANGUAGES
        for policy in ("invite", "silent", "reinvite-by-owner", "mixed")
    ]
    return [" ".join(letter.text.split()) for letter in made]


def text_to(out: Path, email: str) -> str:
    return " ".join(letters(out)[email]["text"].split())


# --- to whom --------------------------------------------------------------------------------


def test_each_person_gets_one_letter_for_all_groups_and_accounts(out: Path) -> None:
    groups = {email: row["groups"] for email, row in letters(out).items()}

    assert groups == {
        "olga@acme.example": "owner",
        "bob@bolt.example": "owner resets",
        "vera@cork.example": "resets",
        "jane@dev.example": "invited chooser",
        "dora@acme.example": "invited delegate",
        "books@count.example": "accountant",
        "ops@bolt.example": "support",
    }


def test_the_mail_merge_has_names_and_the_clients_language(out: Path) -> None:
    olga = letters(out)["olga@acme.example"]

    assert (olga["name"], olga["first_name"], olga["last_name"]) == ("Olga Owner", "Olga", "Owner")
    assert (olga["language"], olga["client_languages"]) == ("german", "german")
    assert olga["text"].startswith("Guten Tag Olga Owner,\n\n")
    assert letters(out)["jane@dev.example"]["accounts"] == "legacy/17 legacy/18"


def test_a_language_without_templates_falls_back_to_the_first_and_it_is_said(
    tmp_path: Path,
) -> None:
    counts = write(planned(tmp_path, SEVERAL, CONTACTS, TARGET), tmp_path / "out")

    vera = letters(tmp_path / "out")["vera@cork.example"]
    assert (vera["language"], vera["client_languages"]) == ("english", "french")
    assert counts.without == {"french": 1}


def test_who_waits_is_listed_apart_with_the_reason(out: Path) -> None:
    rows = unwritten(out)

    assert set(rows) == {("zed@dev.example", "legacy/19")}
    zed = rows["zed@dev.example", "legacy/19"]
    assert zed["standing"] == "held"
    assert "permission flag" in zed["why"]


def test_an_owner_alone_whose_account_is_there_gets_no_letter(tmp_path: Path) -> None:
    write(planned(tmp_path, [ACME], [], TARGET), tmp_path / "out")

    assert letters(tmp_path / "out") == {}
    assert unwritten(tmp_path / "out") == {}


def test_who_is_excluded_gets_none_and_is_listed(tmp_path: Path) -> None:
    said = settings(excluded=frozenset({"jane@dev.example"}))
    write(planned(tmp_path, SEVERAL, CONTACTS, TARGET, said), tmp_path / "out")

    assert "jane@dev.example" not in letters(tmp_path / "out")
    assert unwritten(tmp_path / "out")["jane@dev.example", "legacy/17"]["standing"] == "excluded"
    assert "jane@dev.example" not in text_to(tmp_path / "out", "olga@acme.example")


def test_who_is_suppressed_is_nowhere(tmp_path: Path) -> None:
    hashes = frozenset({suppression("jane@dev.example"), suppression("books@count.example")})
    said = changed(settings(), suppressed=hashes)
    plan = planned(tmp_path, SEVERAL, CONTACTS, TARGET, said)
    write(plan, tmp_path / "out")

    for path in [*(tmp_path / "out").iterdir(), plan / "people.csv"]:
        written = path.read_text("utf-8")
        assert "jane@dev.example" not in written
        assert "books@count.example" not in written


def test_who_is_for_a_later_wave_is_not_written_to_yet(tmp_path: Path) -> None:
    said = changed(settings(), waves=Waves(per_run=1))
    write(planned(tmp_path, SEVERAL, CONTACTS, TARGET, said), tmp_path / "out")

    invited = {
        email for email, row in letters(tmp_path / "out").items() if "invited" in row["groups"]
    }
    later = {
        email
        for (email, _), row in unwritten(tmp_path / "out").items()
        if row["standing"] == "later"
    }
    assert len(invited) == 1
    assert invited | later == {"jane@dev.example", "dora@acme.example"}
    assert not invited & later


def test_a_plan_without_changes_has_no_letters(tmp_path: Path) -> None:
    books = {"client_id": 40, "email": "books@count.example", "firstname": "Ada",
             "lastname": "Count", "email_preferences": {"invoice": "1"}}  # fmt: skip
    plan = planned(tmp_path, [ACME], CONTACTS[3:4], TARGET | {"contacts": [books]})
    write(plan, tmp_path / "out")

    assert (plan / "plan.jsonl").read_bytes() == b""
    assert letters(tmp_path / "out") == {}
    assert (tmp_path / "out" / "announcement-german.txt").exists()


def test_an_owner_whom_the_target_does_not_know_as_such_is_promised_nothing(tmp_path: Path) -> None:
    other = {"id": 1, "email": "new@acme.example", "firstname": "Nora", "lastname": "New",
             "verified": True}  # fmt: skip
    write(planned(tmp_path, [ACME], CONTACTS[:1], TARGET | {"users": [other]}), tmp_path / "out")

    assert "olga@acme.example" not in letters(tmp_path / "out")
    assert unwritten(tmp_path / "out")["olga@acme.example", "legacy/17"]["standing"] == "held"


def test_a_contact_whose_address_is_none_is_listed(tmp_path: Path) -> None:
    odd = contact(4, 17, "books@count,example", invoice_emails="1")
    write(planned(tmp_path, [ACME], [odd], TARGET), tmp_path / "out")

    assert letters(tmp_path / "out") == {}
    assert [row["standing"] for row in unwritten(tmp_path / "out").values()] == ["held"]


def test_who_has_the_access_already_is_told_nothing_new(tmp_path: Path) -> None:
    jane = {
        "id": 2,
        "email": "jane@dev.example",
        "firstname": "J",
        "lastname": "D",
        "verified": True,
    }
    member = {"user_id": 2, "client_id": 40, "permissions": ["invoices", "tickets"]}
    target = {
        "users": [*TARGET["users"], jane],
        "clients": TARGET["clients"],
        "memberships": [*TARGET["memberships"], member],
    }
    write(planned(tmp_path, [ACME], CONTACTS[:1], target), tmp_path / "out")

    assert letters(tmp_path / "out").keys() == {"olga@acme.example"}
    assert unwritten(tmp_path / "out")["jane@dev.example", "legacy/17"]["standing"] == "member"


@pytest.mark.parametrize(("rule", "told"), [
    ("support-mail", {"ops@acme.example": "support"}),
    ("all", {"ops@acme.example": "support", "quiet@acme.example": "support"}),
    ("none", {}),
])  # fmt: skip
def test_who_may_ask_support_is_by_the_rule_of_the_policy(
    rule: str, told: dict[str, str], tmp_path: Path
) -> None:
    rows = [
        contact(1, 17, "ops@acme.example", support_emails="1"),
        contact(2, 17, "quiet@acme.example"),
        contact(3, 17, "olga@acme.example", support_emails="1"),  # the owner's own
    ]
    rules = ReportRules(policy=Policy(support_contacts=rule))  # type: ignore[arg-type]
    write(planned(tmp_path, [ACME], rows, TARGET, report=rules), tmp_path / "out")

    groups = {email: row["groups"] for email, row in letters(tmp_path / "out").items()}
    assert groups == told


def test_the_billing_contact_is_an_accountant_whatever_mail_it_gets(tmp_path: Path) -> None:
    billed = changed(ACME, billing_contact="1")
    rows = [contact(1, 17, "books@count.example"), contact(2, 17, "quiet@acme.example")]
    write(planned(tmp_path, [billed], rows, TARGET), tmp_path / "out")

    assert letters(tmp_path / "out").keys() == {"books@count.example"}
    assert letters(tmp_path / "out")["books@count.example"]["groups"] == "accountant"


# --- silence, and owners who invite -----------------------------------------------------------


def silent_letters(tmp_path: Path, **policy: object) -> Path:
    target = MemoryTarget("shop")
    target.attaches = True
    known = {
        "id": 2,
        "email": "eve@dev.example",
        "firstname": "Jane",
        "lastname": "Doe",
        "verified": True,
    }
    target.load(**TARGET | {"users": [*TARGET["users"], known]})
    rows = [
        sub(1, 17, "ann@dev.example", "invoices", password="bcrypt"),  # noqa: S106 (a kind)
        sub(2, 17, "ben@dev.example", "tickets", password="md5-salted"),  # noqa: S106
        sub(3, 17, "eve@dev.example", "tickets", password="md5-salted"),  # noqa: S106
    ]
    hashes = {number: f"$2y$10${number:053d}" for number in (1, 2, 3)}
    said = settings(**{"cutover": "silent", "passwords": "carry"} | policy)
    write(planned(tmp_path, [ACME], rows, target, said, hashes), tmp_path / "out")
    return tmp_path / "out"


def test_in_silence_each_is_told_which_password_works(tmp_path: Path) -> None:
    out = silent_letters(tmp_path)

    assert {email: row["groups"] for email, row in letters(out).items()} == {
        "olga@acme.example": "owner",
        "ann@dev.example": "keeps",
        "ben@dev.example": "resets",
        "eve@dev.example": "keeps",
    }
    assert "dem Passwort an, das Sie für das Unterkonto verwendet haben" in text_to(
        out, "ann@dev.example"
    )
    assert "„Forgot Password?“" in text_to(out, "ben@dev.example")
    assert "bereits haben; sein Passwort bleibt" in text_to(out, "eve@dev.example")
    assert not re.search(r"\$2[aby]\$|bcrypt|md5", (out / "letters.csv").read_text("utf-8"))


def test_in_a_mixed_cutover_each_gets_what_was_promised(tmp_path: Path) -> None:
    out = silent_letters(tmp_path, cutover_for={"ben@dev.example": "invite"})

    assert letters(out)["ann@dev.example"]["groups"] == "keeps"
    assert letters(out)["ben@dev.example"]["groups"] == "invited"
    announced = (out / "announcement-english.txt").read_text("utf-8")
    assert "say whether you get an invitation" in " ".join(announced.split())


def test_owners_who_invite_are_told_whom_and_where(tmp_path: Path) -> None:
    said = settings(cutover="reinvite-by-owner")
    write(planned(tmp_path, SEVERAL, CONTACTS, TARGET, said), tmp_path / "out")

    bob = text_to(tmp_path / "out", "bob@bolt.example")
    assert "- jane@dev.example: see services" in bob
    assert '"Invite New User"' in bob
    assert "jane@dev.example" not in letters(tmp_path / "out")
    assert unwritten(tmp_path / "out")["jane@dev.example", "legacy/17"]["standing"] == "by_owner"


# --- what the S-rules say of texts ------------------------------------------------------------


def test_s0_10_no_text_has_an_old_address(texts: list[str]) -> None:
    assert len(texts) > 20
    for text in texts:
        assert "clientarea.php" not in text


def test_s0_22_who_may_see_invoices_is_told_of_the_billing_menu(out: Path) -> None:
    assert "Rechnungen finden Sie im Menü „Billing“." in text_to(out, "jane@dev.example")
    for language in LANGUAGES:
        assert "Billing" in (out / f"announcement-{language}.txt").read_text("utf-8")


def test_s1_25_who_has_several_accounts_is_told_of_the_two_arrows(out: Path) -> None:
    assert "mit den beiden Pfeilen, „Switch Account“" in text_to(out, "jane@dev.example")
    announced = (out / "announcement-english.txt").read_text("utf-8")
    assert 'with the two arrows, "Switch Account"' in " ".join(announced.split())


def test_s2_14_every_text_names_the_mailbox(texts: list[str]) -> None:
    for text in texts:
        assert "support@kestrel.example" in text
        assert "billing@kestrel.example" in text


def test_s4_14_an_invitation_is_said_to_come_from_the_provider_for_the_owner(out: Path) -> None:
    text = text_to(out, "dora@acme.example")

    assert "Sie kommt von uns, Kestrel Hosting, im Namen der Person, der das Konto gehört" in text
    assert "kann nur die Person, der ein Konto gehört, andere einladen" in text


def test_s4_23_a_text_names_the_place_in_the_menu(out: Path) -> None:
    assert "„Hello, Name“ > „User Management“" in text_to(out, "olga@acme.example")
    assert '"Hello, Name" > "User Management"' in text_to(out, "bob@bolt.example")


@pytest.mark.parametrize(("policy", "english", "german"), [
    ("invite", "you get an invitation by mail for each account", "für jedes Konto eine Einladung"),
    ("silent", "there is nothing to accept", "ohne Einladung Zugang"),
    ("reinvite-by-owner", "ask the owner of the account to invite you", "Sie einzuladen"),
    ("mixed", "whether the owner of the account invites you", "ob die Person Sie einlädt"),
])  # fmt: skip
def test_s4_30_there_is_a_text_to_publish_for_each_policy(
    policy: str, english: str, german: str
) -> None:
    templates = Templates(None, LANGUAGES, SENDER, None)

    for language, words in (("english", english), ("german", german)):
        text = " ".join(templates.announcement(language, policy).text.split())
        others = [templates.announcement(language, each).text for each in
                  ("invite", "silent", "reinvite-by-owner", "mixed") if each != policy]  # fmt: skip
        assert words in text
        assert not any(words in " ".join(other.split()) for other in others)


def test_every_group_and_permission_has_its_words_in_both_languages() -> None:
    for language in LANGUAGES:
        templates = Templates(None, (language,), SENDER, None)
        made = [templates.letter(whose, language) for whose in trial_people()]
        assert {group for whose in trial_people() for group in whose.groups} == set(LetterGroup)
        assert all("manageproducts" not in letter.text for letter in made)


def test_nothing_is_said_of_an_account_to_who_is_not_on_it(out: Path) -> None:
    for email, row in letters(out).items():
        text = row["text"]
        assert ("Bolt Ltd" in text) == ("legacy/18" in row["accounts"].split()), email


# --- hostile names ----------------------------------------------------------------------------

HOSTILE = [
    client(17, "olga@acme.example", company="<script>alert(1)</script>"),
    client(18, "bob@bolt.example", company='"><img src=x onerror=alert(1)>'),
]
HOSTILE_CONTACTS = [
    sub(1, 17, "jane@dev.example", first_name="=HYPERLINK(1)", last_name="Doe"),
    sub(2, 17, "kim@dev.example", first_name="Kim\nBcc: all@acme.example", last_name="\x00K"),
    sub(3, 18, "lou@dev.example", first_name="{{ sender.mailbox }}", last_name="{% raw %}"),
    sub(4, 18, "=cmd@dev.example", first_name="@SUM(1)", last_name="-2+3"),
    sub(5, 17, "max@dev.example", first_name="Win: http://evil.example", last_name="now"),
]


def test_hostile_names_do_nothing(tmp_path: Path) -> None:
    write(planned(tmp_path, HOSTILE, HOSTILE_CONTACTS), tmp_path / "out")

    raw = {path.name: path.read_text("utf-8") for path in (tmp_path / "out").iterdir()}
    pages = "".join(content for name, content in raw.items() if name.endswith(".html"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages
    assert "<script" not in pages
    assert "<img" not in pages
    assert "evil.example" not in "".join(raw.values())
    assert "Bcc" not in raw["letters.csv"]
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f]", "".join(raw.values()))
    with (tmp_path / "out" / "letters.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@")]
    texts = letters(tmp_path / "out")
    assert "Hello =HYPERLINK(1) Doe," in texts["jane@dev.example"]["text"]
    assert texts["kim@dev.example"]["text"].startswith("Hello,\n")
    assert "Hello {{ sender.mailbox }} {% raw %}," in texts["lou@dev.example"]["text"]


# --- files ------------------------------------------------------------------------------------


def test_a_second_run_gives_the_same_bytes_and_takes_old_previews_away(tmp_path: Path) -> None:
    plan = planned(tmp_path, SEVERAL, CONTACTS, TARGET)
    write(plan, tmp_path / "out")
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    stale = tmp_path / "out" / "letter-keeps-german-1.txt"
    stale.write_text("of another plan")
    (tmp_path / "out" / "notes.txt").write_text("a person's own")
    write(plan, tmp_path / "out")

    assert not stale.exists()
    (tmp_path / "out" / "notes.txt").unlink()
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_previews_are_a_sample_and_the_table_has_all(tmp_path: Path) -> None:
    many = [sub(n, 17, f"p{n}@dev.example") for n in range(1, 30)]
    write(planned(tmp_path, [ACME], many, TARGET), tmp_path / "out")

    previews = sorted(path.name for path in (tmp_path / "out").glob("letter-invited-*.txt"))
    assert previews == ["letter-invited-german-1.txt", "letter-invited-german-2.txt"]
    assert len(letters(tmp_path / "out")) == 30
    olga = text_to(tmp_path / "out", "olga@acme.example")
    assert olga.count("@dev.example: Rechnungen") == 20
    assert "- und 9 weitere" in olga


def test_a_plan_that_was_changed_has_no_letters(tmp_path: Path) -> None:
    plan = planned(tmp_path, SEVERAL, CONTACTS, TARGET)
    people = plan / "people.csv"
    people.write_text(people.read_text("utf-8").replace("Olga", "Olaf"), "utf-8")

    with pytest.raises(PlanUnusable, match="changed after it was made"):
        write(plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_plan_that_a_fuse_refused_has_none(tmp_path: Path) -> None:
    plan = planned(tmp_path, [], [])

    with pytest.raises(PlanUnusable, match="a fuse refused it"):
        write(plan, tmp_path / "out")


def test_a_plan_that_takes_back_a_run_has_none(tmp_path: Path) -> None:
    plan = planned(tmp_path, SEVERAL, CONTACTS, TARGET)
    manifest = load(plan)
    files.seal(plan, msgspec.structs.replace(manifest, undoes="20260301T031500-abc"))

    with pytest.raises(PlanUnusable, match="takes back a run"):
        write(plan, tmp_path / "out")


def test_letters_do_not_go_into_the_plans_own_folder(tmp_path: Path) -> None:
    plan = planned(tmp_path, SEVERAL, CONTACTS, TARGET)

    with pytest.raises(StoreError, match="plan's own folder"):
        write(plan, plan)
