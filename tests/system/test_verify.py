"""The certificate: a migration that went right has one, and one that was broken does not.

Everything is broken behind the tool's back, as staff, customers and hooks do it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import yaml
from provider import Done, Provider, Row

from syncd import wiring
from syncd.config.files import load_mapping
from syncd.model.flags import PermissionMap
from syncd.model.permission import ALL
from syncd.verify.rules import RULES

PASS, FAIL, UNREADY = 0, 3, 4


class Found:
    """What a certificate says, easy to ask."""

    def __init__(self, done: Done) -> None:
        self.code = done.code
        self.document = json.loads(done.out)

    @property
    def fails(self) -> set[str]:
        return {rule for rule in self.document["rules"] if RULES[rule].fails}

    def the(self, rule: str) -> Row:
        """Give the only remark of a rule."""
        (remark,) = (one for one in self.document["remarks"] if one["rule"] == rule)
        return dict(remark)

    def position(self, account: str, email: str) -> Row:
        (found,) = (
            one
            for one in self.document["positions"]
            if (one["account"], one["email"]) == (account, email)
        )
        return dict(found)


def verified(provider: Provider, *options: str) -> Found:
    found = Found(provider.syncd("verify", "--json", *options))
    verdict = found.document["verdict"]
    assert (found.code, verdict) in {(PASS, "PASS"), (FAIL, "FAIL")}
    assert found.document["imbalances"] == []
    assert bool(found.fails) == (verdict == "FAIL")
    return found


def api(provider: Provider, action: str, **params: Any) -> Row:
    """Call the API as staff would, with another tool than syncd."""
    sandbox = provider.sandbox
    reply = requests.post(
        f"{sandbox.url}/includes/api.php",
        data={
            "action": action,
            "identifier": sandbox.identifier,
            "secret": sandbox.secret,
            "responsetype": "json",
            **params,
        },
        timeout=30,
    )
    answer = reply.json()
    assert answer["result"] == "success", answer
    return dict(answer)


def client_id(provider: Provider, email: str) -> int:
    (found,) = (row["id"] for row in provider.get("state")["clients"] if row["email"] == email)
    return int(found)


def contact_id(provider: Provider, email: str) -> int:
    (found,) = (row["id"] for row in provider.get("state")["contacts"] if row["email"] == email)
    return int(found)


def user_id(provider: Provider, email: str) -> int:
    (found,) = (row["id"] for row in provider.get("state")["users"] if row["email"] == email)
    return int(found)


def set_member(provider: Provider, address: str, email: str, **body: Any) -> None:
    """Set a membership on the account with that address."""
    provider.tell("members", client_id=client_id(provider, address), email=email, **body)


ALMA, BRUNO, CORA = "alma@archer.example", "bruno@baker.example", "cora@cole.example"


# --- nothing is broken ----------------------------------------------------------------------


def test_a_migration_that_everybody_accepted_passes(settled: Provider) -> None:
    out = settled.folder / "certificate"
    before = {path: path.read_bytes() for path in settled.state.rglob("*") if path.is_file()}

    done = settled.syncd("verify", "--out", str(out))

    assert done.code == PASS, done
    assert done.out.startswith("PASS  Nobody gains")
    assert "8 of 8 logins" in done.out
    assert (out / "certificate.txt").read_text(encoding="utf-8") == done.out
    found = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    assert found["logins"] == {
        "owner": 3, "same": 5, "narrower": 0, "wider": 0, "waiting": 0, "missing": 0
    }  # fmt: skip
    assert found["contacts"] == {"kept": 6, "lost": 0, "added": 0}
    assert found["rules"] == {"several_accounts": 1}, "Dana works for two"
    assert not settled.writes
    after = {path: path.read_bytes() for path in settled.state.rglob("*") if path.is_file()}
    assert after == before, "it writes nothing but its files"


def test_before_anybody_accepts_all_of_them_wait(synced: Provider) -> None:

    found = verified(synced)

    assert found.code == PASS
    assert found.document["causes"] == {"invited": 5}
    assert found.document["logins"]["waiting"] == 5


def test_an_expired_invitation_is_no_access(synced: Provider) -> None:
    journal = synced.state / "journal.sqlite"
    age_invites(journal)

    found = verified(synced)

    assert found.document["causes"] == {"invite_expired": 5}
    assert found.document["logins"]["missing"] == 5


def age_invites(journal: Path) -> None:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(journal) as con:
        con.execute("UPDATE invites SET sent_at = '2020-01-01T00:00:00+00:00'")
    con.close()


# --- broken behind the tool's back ----------------------------------------------------------


def widen(provider: Provider) -> None:
    set_member(provider, ALMA, "erin@archer.example", permissions=["tickets", "orders"])


def give_everything(provider: Provider) -> None:
    set_member(provider, CORA, "gita@cole.example", permissions=list(ALL))


def add_stranger(provider: Provider) -> None:
    set_member(provider, BRUNO, "zora@else.example", permissions=["emails"])


def move_to_wrong_account(provider: Provider) -> None:
    set_member(provider, CORA, "gita@cole.example", permissions=None)
    set_member(provider, ALMA, "gita@cole.example", permissions=["invoices", "tickets"])


def log_a_contact_in(provider: Provider) -> None:
    set_member(provider, BRUNO, "finn@baker.example", permissions=["invoices"])


def make_a_member_owner(provider: Provider) -> None:
    set_member(provider, ALMA, "erin@archer.example", owner=True)


def make_a_stranger_owner(provider: Provider) -> None:
    set_member(provider, ALMA, "zora@else.example", owner=True)


def add_an_owner(provider: Provider) -> None:
    client = client_id(provider, BRUNO)
    provider.tell("load", memberships=[{"client_id": client, "email": ALMA, "owner": True}])


def remove_the_owner(provider: Provider) -> None:
    set_member(provider, CORA, CORA, permissions=None)


def add_a_recipient(provider: Provider) -> None:
    client = client_id(provider, CORA)
    preferences = {"email_preferences[product]": 1}
    api(provider, "AddContact", clientid=client, firstname="Zora", email="zora@else.example",
        **preferences)  # fmt: skip


def send_more_mail(provider: Provider) -> None:
    contact = contact_id(provider, "finn@baker.example")
    api(provider, "UpdateContact", contactid=contact, **{"email_preferences[product]": 1})


GAINS: list[tuple[Callable[[Provider], None], set[str], Row]] = [
    (widen, {"gained_right"}, {
        "rule": "gained_right", "account": "legacy/17", "email": "erin@archer.example",
        "what": ["orders"]}),
    (give_everything, {"gained_right"}, {
        "rule": "gained_right", "account": "legacy/19", "email": "gita@cole.example",
        "what": [key for key in ALL if key not in ("invoices", "tickets")]}),
    (add_stranger, {"gained_access"}, {
        "rule": "gained_access", "account": "legacy/18", "email": "zora@else.example",
        "what": ["emails"]}),
    (move_to_wrong_account, {"gained_access"}, {
        "rule": "gained_access", "account": "legacy/17", "email": "gita@cole.example",
        "detail": "has a right on legacy/19 (not there now)"}),
    (log_a_contact_in, {"gained_access"}, {
        "rule": "gained_access", "account": "legacy/18", "email": "finn@baker.example",
        "detail": "a contact without login in legacy"}),
    (make_a_member_owner, {"wrong_owner"}, {
        "rule": "wrong_owner", "account": "legacy/17", "email": "erin@archer.example",
        "what": [key for key in ALL if key != "tickets"],
        "detail": "legacy owner alma@archer.example; was a sub-account with tickets"}),
    (make_a_stranger_owner, {"wrong_owner"}, {
        "rule": "wrong_owner", "account": "legacy/17", "email": "zora@else.example",
        "detail": "legacy owner alma@archer.example; was nobody on this account"}),
    (add_an_owner, {"two_owners", "wrong_owner", "combined_reach"}, {
        "rule": "two_owners", "account": "legacy/18", "email": BRUNO}),
    (remove_the_owner, {"no_owner"}, {
        "rule": "no_owner", "account": "legacy/19", "email": CORA}),
    (add_a_recipient, {"gained_mail"}, {
        "rule": "gained_mail", "account": "legacy/19", "email": "zora@else.example",
        "what": ["product"], "detail": "no legacy contact has this address"}),
    (send_more_mail, {"gained_mail"}, {
        "rule": "gained_mail", "account": "legacy/18", "email": "finn@baker.example",
        "what": ["product"]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("harm", "rules", "remark"), GAINS, ids=[harm.__name__ for harm, _, _ in GAINS]
)
def test_a_gain_fails_and_is_named(
    settled: Provider, harm: Callable[[Provider], None], rules: set[str], remark: Row
) -> None:
    harm(settled)

    found = verified(settled)

    assert found.code == FAIL
    assert found.fails == rules
    told = found.the(remark["rule"])
    assert {key: told.get(key) for key in remark} == remark


def drop_a_right(provider: Provider) -> None:
    set_member(provider, CORA, "gita@cole.example", permissions=["tickets"])


def remove_a_member(provider: Provider) -> None:
    set_member(provider, CORA, "gita@cole.example", permissions=None)


def test_a_dropped_permission_is_reported_and_passes(settled: Provider) -> None:
    drop_a_right(settled)

    found = verified(settled)

    assert found.code == PASS
    assert found.position("legacy/19", "gita@cole.example") == {
        "account": "legacy/19", "email": "gita@cole.example", "was": "sub-account",
        "state": "narrower", "before": ["invoices", "tickets"], "allowed": ["invoices", "tickets"],
        "after": ["tickets"], "lost": ["invoices"], "cause": "narrowed",
    }  # fmt: skip


def test_a_removed_member_is_reported_and_passes(settled: Provider) -> None:
    settled.sync_here()  # since when the journal knows that she had accepted
    remove_a_member(settled)

    found = verified(settled)

    assert found.code == PASS
    position = found.position("legacy/19", "gita@cole.example")
    assert (position["state"], position["cause"]) == ("missing", "not_made")


def test_a_lost_contact_is_reported_with_its_mail(settled: Provider) -> None:
    api(settled, "DeleteContact", contactid=contact_id(settled, "finn@baker.example"))

    found = verified(settled)

    assert found.code == PASS
    assert found.the("lost_contact")["detail"] == "contact 114"
    assert found.the("lost_mail") == {
        "rule": "lost_mail", "fails": False, "account": "legacy/18", "email": "finn@baker.example",
        "what": ["general", "invoice"],
    }  # fmt: skip
    assert found.document["mail"]["invoice"] == {"lost": 1, "gained": 0}
    assert found.document["contacts"] == {"kept": 5, "lost": 1, "added": 0}


def test_a_lost_preference_is_named_by_category(settled: Provider) -> None:
    contact = contact_id(settled, "finn@baker.example")
    api(settled, "UpdateContact", contactid=contact, **{"email_preferences[invoice]": 0})

    found = verified(settled)

    assert found.code == PASS
    assert found.the("lost_mail")["what"] == ["invoice"]
    assert found.document["mail"]["invoice"] == {"lost": 1, "gained": 0}
    assert found.document["contacts"]["lost"] == 0


# --- one person in the place of another -----------------------------------------------------


def invite_of(provider: Provider, email: str) -> int:
    invites = provider.get("invites")["invites"]
    (found,) = (row["id"] for row in invites if row["email"] == email)
    return int(found)


def test_an_acceptance_under_another_address(synced: Provider) -> None:
    invite = invite_of(synced, "erin@archer.example")
    synced.tell(f"invites/{invite}/accept", email="hugo@cole.example")
    synced.tell("invites/accept-all")

    found = verified(synced)

    assert found.code == FAIL
    assert found.fails == {"gained_access", "combined_reach"}
    told = found.the("gained_access")
    assert (told["account"], told["email"]) == ("legacy/17", "hugo@cole.example")
    taken = "in the place of erin@archer.example (invited, the same rights)?"
    assert told["detail"] == f"{taken}; has a right on legacy/19"
    reach = found.the("combined_reach")
    assert reach["email"] == "hugo@cole.example"
    assert reach["detail"] == "own rights on legacy/19; gained on legacy/17"


def test_a_changed_address_that_unites_two_people(synced: Provider) -> None:
    invite = invite_of(synced, "erin@archer.example")
    synced.tell(f"invites/{invite}/accept")
    # Erin's login is given Hugo's address, and Hugo's invitation is accepted with it.
    user = user_id(synced, "erin@archer.example")
    api(synced, "UpdateUser", user_id=user, email="hugo@cole.example")
    synced.tell("invites/accept-all")

    found = verified(synced)

    assert found.code == FAIL
    assert found.fails == {"gained_access", "combined_reach"}
    assert found.the("combined_reach")["email"] == "hugo@cole.example"
    assert found.position("legacy/17", "erin@archer.example")["state"] == "waiting"


# --- a wrong convert ------------------------------------------------------------------------


def widening() -> PermissionMap:
    known = load_mapping("whmcs-7")
    return msgspec.structs.replace(known, permissions=known.permissions | {"tickets": "profile"})


def test_a_map_that_widens_is_refused_by_every_command(provider: Provider) -> None:
    path = provider.folder / "wrong.yaml"
    wrong = {"name": "wrong", "permissions": widening().permissions}
    path.write_text(yaml.safe_dump(wrong), encoding="utf-8")
    provider.configure(mapping=str(path))
    for command in ("check", "plan", "sync", "verify"):
        done = provider.syncd(command)
        assert done.code == 2, done
        assert "tickets must not become profile" in done.said
    assert not provider.writes


def test_what_convert_widens_is_found_before_and_after_acceptance(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a defect turn a flag into another permission, for convert and guard alike."""
    with monkeypatch.context() as patched:
        patched.setattr(wiring, "load_mapping", lambda _: widening())
        provider.sync_here()

    waiting = verified(provider)
    provider.tell("invites/accept-all")
    accepted = verified(provider)

    assert waiting.code == accepted.code == FAIL
    assert waiting.fails == {"invite_widens"}
    assert waiting.document["rules"]["invite_widens"] == 2
    assert accepted.fails == {"gained_right"}
    position = accepted.position("legacy/17", "erin@archer.example")
    assert (position["before"], position["gained"]) == (["tickets"], ["profile"])


# --- the vendor's own conversion ------------------------------------------------------------


@pytest.fixture
def upgraded(provider: Provider) -> Provider:
    """Let the vendor have converted in place: the ids are the same, and syncd has no journal."""
    provider.configure(accounts={"match": "same-id", "create_missing": False})
    legacy = provider.legacy
    users = {row["email"]: row for row in legacy.clients}
    logins = [row for row in legacy.contacts if row["subaccount"]]
    for row in logins:
        users.setdefault(row["email"], row)
    provider.tell(
        "load",
        clients=[{key: row[key] for key in ("id", "firstname", "lastname", "companyname", "email")}
                 for row in legacy.clients],
        users=[{key: row[key] for key in ("firstname", "lastname", "email")}
               for row in users.values()],
        memberships=[
            *({"client_id": row["id"], "email": row["email"], "owner": True}
              for row in legacy.clients),
            *({"client_id": row["userid"], "email": row["email"],
               "permissions": row["permissions"].split(",")} for row in logins),
        ],
        contacts=[
            {"id": row["id"], "client_id": row["userid"], "firstname": row["firstname"],
             "lastname": row["lastname"], "email": row["email"],
             "email_preferences": {"general": True, "invoice": bool(row["invoiceemails"])}}
            for row in legacy.contacts
        ],
    )  # fmt: skip
    return provider


def test_the_vendors_conversion_can_be_certified(upgraded: Provider) -> None:
    found = verified(upgraded, "--backup", str(upgraded.backup))

    assert found.code == PASS
    assert found.document["logins"]["same"] == 5
    assert not upgraded.state.exists(), "no journal is made by looking"


def test_what_the_vendor_widened_is_found(upgraded: Provider) -> None:
    set_member(upgraded, BRUNO, "dana@dean.example", permissions=["domains", "managedomains"])
    set_member(upgraded, CORA, "hugo@cole.example", owner=True)

    found = verified(upgraded, "--backup", str(upgraded.backup))

    assert found.code == FAIL
    assert found.fails == {"gained_right", "wrong_owner"}
    assert found.the("gained_right")["what"] == ["managedomains"]
    assert found.position("legacy/19", CORA)["cause"] == "ownership"


# --- no verdict on half a read --------------------------------------------------------------


def test_half_a_backup_has_no_verdict(settled: Provider) -> None:
    whole = settled.backup.read_bytes()
    settled.backup.write_bytes(whole[: len(whole) // 2])

    done = settled.syncd("verify", "--out", str(settled.folder / "none"))

    assert done.code == UNREADY
    assert done.out == ""
    assert not (settled.folder / "none").exists()


def test_half_a_target_has_no_verdict(settled: Provider) -> None:
    settled.tell("roles", deny=["getcontacts"])

    done = settled.syncd("verify")

    assert done.code == UNREADY
    assert done.out == ""
    assert "getcontacts" in done.said


def test_a_target_that_has_nothing_of_the_source_is_not_certified(provider: Provider) -> None:
    provider.tell("load", clients=[{"id": 5, "email": "else@else.example"}])

    found = verified(provider)

    assert found.fails == {"nothing_compared"}
