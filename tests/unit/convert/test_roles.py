"""How reports speak of permissions: labels, tiers and words, and that no plan depends on them."""

import tempfile
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from people import MAPPING, RULES, client, contact, sub
from rehearsal import settings_with

from syncd import run
from syncd.config.files import load_roles
from syncd.errors import LabelsUnusable
from syncd.model.permission import ALL, permissions
from syncd.model.policy import Fuses, Policy
from syncd.model.roles import UNKNOWN, Label, Risk, Roles
from syncd.report.files import ReportRules
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget

ROOT = Path(__file__).parents[3]
ROLES = load_roles("labels")


def test_what_people_read_is_what_the_package_ships() -> None:
    shipped = resources.files("syncd") / "mappings" / "labels.yaml"

    assert shipped.read_bytes() == (ROOT / "mappings" / "labels.yaml").read_bytes()


# --- labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "label"),
    [
        # Friends, relatives, partners, developers, server admins: see S0-04.
        ("invoices", "billing"),
        ("invoices tickets", "billing"),
        ("invoices quotes orders products domains managedomains emails", "billing"),
        ("products manageproducts", "technical"),
        ("products productsso tickets", "technical"),
        ("domains managedomains contacts", "technical"),
        ("tickets", "support"),
        ("tickets products domains", "support"),
        (" ".join(ALL), "full"),
        # What a billing sub-account must lack (S0-17).
        ("invoices manageproducts", "custom"),
        ("invoices productsso", "custom"),
        ("invoices profile", "custom"),
        (" ".join(key for key in ALL if key != "quotes"), "custom"),
        ("manageproducts orders", "custom"),
        ("tickets affiliates", "custom"),
        ("products", "custom"),
        ("", "custom"),
    ],
)
def test_a_set_of_permissions_has_a_label(held: str, label: str) -> None:
    assert ROLES.label(permissions(held.split())) == label


def test_the_first_label_that_fits_is_the_one() -> None:
    both = Roles((Label("payer", has=("invoices",)), Label("any", any=ALL)))

    assert both.label(("invoices", "tickets")) == "payer"
    assert both.label(("tickets",)) == "any"


@pytest.mark.parametrize("changed", ["has", "any", "lacks", "only"])
def test_everything_that_a_label_says_must_hold(changed: str) -> None:
    whole = {"has": ("invoices",), "any": ("quotes", "orders"), "lacks": ("profile",),
             "only": ("invoices", "orders", "profile", "quotes")}  # fmt: skip
    broken = {"has": ("quotes",), "any": ("invoices",), "lacks": ("invoices", "orders", "profile"),
              "only": ("invoices", "orders", "emails")}[changed]  # fmt: skip
    label = Label("whole", **whole)

    assert label.fits(("invoices", "orders"))
    assert not label.fits(permissions(broken))


# --- tiers and words ------------------------------------------------------------------------

TOLD = """\
profile: critical: change the client's own name, address and e-mail address
contacts: high: add and change the account's contacts, and who gets its mail
products: low: see services, their prices and due dates
manageproducts: critical: change the passwords of services and control panels
productsso: critical: log in to control panels with one click, and reach files and mailboxes there
domains: low: see the registered domains
managedomains: high: change nameservers and registrant data, and transfer domains away
invoices: medium: see and pay invoices, add funds, and use stored means of payment
quotes: medium: see quotes and accept them for the client
tickets: medium: read all tickets of the account and open new ones
affiliates: medium: see commissions and have them paid out
emails: high: read the mails sent to the client, including login details
orders: high: order, upgrade and cancel at the client's expense
"""


def test_each_permission_is_explained_in_plain_words_with_its_tier() -> None:
    told = [f"{key}: {risk.tier}: {risk.words}\n" for key, risk in ROLES.permissions.items()]

    assert "".join(told) == TOLD


def test_what_nobody_described_is_rather_listed_than_overlooked() -> None:
    assert ROLES.risk("teleport") is UNKNOWN
    assert UNKNOWN.tier == "high"


# --- a file of one's own --------------------------------------------------------------------

GOOD = {
    "labels": [{"name": "payer", "has": ["invoices"]}],
    "permissions": {key: {"tier": "low", "words": "something"} for key in ALL},
}


def test_a_table_of_ones_own_is_given_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump(GOOD))

    assert load_roles(str(path)).label(("invoices",)) == "payer"


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": [{"name": "payer", "has": ["invoice"]}]},
        {"labels": [{"name": "nothing"}]},
        {"labels": [{"name": "payer", "wants": ["invoices"]}]},
        {"permissions": {"profile": {"tier": "low", "words": "all others are missing"}}},
        {"permissions": GOOD["permissions"] | {"profile": {"tier": "dire", "words": "no tier"}}},
        {"rights": {}},
    ],
)
def test_a_bad_table_is_a_configuration_error(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(GOOD | wrong))

    with pytest.raises(LabelsUnusable) as caught:
        load_roles(str(path))

    assert caught.value.problems


def test_a_table_that_is_not_there_is_a_configuration_error() -> None:
    with pytest.raises(LabelsUnusable):
        load_roles("no-labels")


# --- labels never change rights (S0-17) -----------------------------------------------------

CLIENTS = [client(17, "olga@acme.example"), client(18, "bo@bolt.example")]
CONTACTS = [
    sub(1, 17, "jane@dev.example", "invoices,tickets"),
    sub(2, 18, "jane@dev.example", ",".join(ALL)),
    sub(3, 17, "kim@dev.example", "manageproducts,zz"),
    contact(4, 18, "lou@dev.example"),
]
SETTINGS = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
_KEYS = st.lists(st.sampled_from(ALL), max_size=4).map(permissions)
_LABELS = st.builds(Label, name=st.text(max_size=8), has=_KEYS, any=_KEYS, lacks=_KEYS, only=_KEYS)
_RISKS = st.builds(
    Risk, tier=st.sampled_from(["critical", "high", "medium", "low"]), words=st.text()
)
_ROLES = st.builds(
    Roles,
    labels=st.lists(_LABELS, max_size=3).map(tuple),
    permissions=st.dictionaries(st.sampled_from(ALL), _RISKS),
)


def planned(folder: Path, roles: Roles) -> bytes:
    """Give plan.jsonl as these labels and tiers let it come out."""
    job = run.Job(
        [MemorySource("legacy", CLIENTS, CONTACTS)],
        MemoryTarget("shop"),
        SETTINGS,
        folder / "state",
        ReportRules(roles),
        now=lambda: datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    )
    run.planned(job, folder / "out")
    return (folder / "out" / "plan.jsonl").read_bytes()


@settings(max_examples=4, deadline=None)
@given(roles=_ROLES)
def test_a_plan_is_the_same_whatever_its_labels(roles: Roles) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert planned(Path(one), roles) == planned(Path(other), ROLES)
