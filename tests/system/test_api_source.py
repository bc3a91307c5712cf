"""From the API of an old WHMCS to that of a new one, with no database in sight."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from old_whmcs import data_set, load
from provider import Provider, lines

from syncd.sandbox import Sandbox, running
from syncd.sources.whmcs_api import ACTIONS


@dataclass
class Old:
    """A WHMCS 7.10 with the archers in it, and what it was asked."""

    sandbox: Sandbox

    def call(self, action: str, **params: Any) -> Any:
        """Do as staff or an owner would."""
        form = {"identifier": self.sandbox.identifier, "secret": self.sandbox.secret, **params}
        url = f"{self.sandbox.url}/includes/api.php"
        reply = requests.post(url, form | {"action": action}, timeout=10)
        assert reply.json()["result"] == "success", reply.text
        return reply.json()

    def tell(self, path: str, **body: Any) -> None:
        reply = requests.post(f"{self.sandbox.control}/{path}", json=body, timeout=10)
        assert reply.ok, reply.text

    @property
    def requests(self) -> list[dict[str, Any]]:
        reply = requests.get(f"{self.sandbox.control}/requests", timeout=10)
        return list(reply.json()["requests"])


@pytest.fixture
def old(provider: Provider) -> Iterator[Old]:
    """Let the config point to the API of a 7.10 instead of a backup."""
    provider.legacy.bill({}, {}, {}, tblcurrencies=[{"id": 1, "code": "USD"}])
    provider.back_up()
    with running(switches={"version": "7.10.2"}) as sandbox:
        load(sandbox, data_set(provider.legacy.tables))
        for name in ("identifier", "secret"):
            path = provider.folder / "secrets" / f"old-{name}"
            path.write_text(getattr(sandbox, name), encoding="utf-8")
        provider.secrets += [sandbox.secret, provider.legacy.clients[0]["password"]]
        provider.secrets.append(provider.legacy.contacts[0]["password"])
        configure(provider, sandbox)
        yield Old(sandbox)


def configure(provider: Provider, sandbox: Sandbox, **changes: Any) -> None:
    source = {
        "kind": "whmcs_api",
        "name": "legacy",
        "url": sandbox.url,
        "identifier": f"file:{provider.folder}/secrets/old-identifier",
        "secret": f"file:{provider.folder}/secrets/old-secret",
        "page_size": 4,
    }
    provider.configure(sources=[source | changes])


def test_the_whole_path_between_two_apis(provider: Provider, old: Old) -> None:
    out = provider.folder / "out"
    checked = provider.syncd("check")
    assert checked.code == 0, checked
    assert "      WHMCS 7.10.2-release.1\n" in checked.out
    assert f"Its API role needs {', '.join(ACTIONS)}, and nothing else." in checked.out

    made = provider.syncd("plan", "--out", str(out))
    assert made.code == 0, made
    assert "whmcs_api" in made.out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (source,) = report["facts"]["header"]["sources"]
    assert (
        "the API does not show authmodule, lastlogin of tblclients: read as empty"
        in (source["remarks"])
    )

    applied = provider.syncd("apply", str(out))
    assert "\nChanges: 14 applied.\n" in applied.out, applied
    assert provider.tell("invites/accept-all") == {"accepted": 5}

    wrote = provider.writes
    again = provider.syncd("sync")
    assert again.code == 0, again
    assert "\nChanges: none were needed.\n" in again.out
    assert provider.writes == wrote

    asked = old.requests
    assert {one["action"] for one in asked} == set(ACTIONS)
    assert not any(one["writes"] for one in asked)


def test_the_api_and_the_backup_of_one_whmcs_give_one_plan(provider: Provider, old: Old) -> None:
    out = {name: provider.folder / name for name in ("api", "backup")}
    assert provider.syncd("plan", "--out", str(out["api"])).code == 0
    backup = str(provider.backup)
    assert provider.syncd("plan", "--out", str(out["backup"]), "--backup", backup).code == 0

    first, second = ((folder / "plan.jsonl").read_bytes() for folder in out.values())
    assert len(lines(out["api"])) == 14
    assert first == second
    hidden = "the API does not show which contacts are in use by orders, pay methods, tickets"
    found = {name: (out[name] / "findings.csv").read_text(encoding="utf-8") for name in out}
    assert "not_shown" in found["api"]
    assert hidden in found["api"]
    assert hidden not in found["backup"]
    for name in ("report.txt", "report.html"):
        assert "legacy was read through the API" in (out["api"] / name).read_text(encoding="utf-8")
        assert "legacy was read through the API" not in (out["backup"] / name).read_text(
            encoding="utf-8"
        )


def test_what_changes_in_the_old_whmcs_follows(provider: Provider, old: Old) -> None:
    provider.sync_here()
    provider.tell("invites/accept-all")
    old.call("UpdateContact", contactid=115, permissions="tickets")
    old.call(
        "AddContact",
        clientid=19,
        firstname="Ines",
        email="ines@cole.example",
        password2="pw",
        permissions="quotes",
    )
    wrote = len(provider.writes)

    done = provider.syncd("sync")

    assert done.code == 0, done
    actions = ["UpdateUserPermissions", "AddContact", "CreateClientInvite"]
    assert provider.writes[wrote:] == actions
    assert provider.mails[-1] == ("ines@cole.example", "invite")


def test_a_role_that_lacks_an_action(provider: Provider, old: Old) -> None:
    old.tell("roles", deny=["getcontacts"])

    checked = provider.syncd("check")
    assert checked.code == 4
    assert "FAIL  source legacy: action GetContacts\n" in checked.out
    assert "is not allowed. Tick GetContacts in the credential's API role.\n" in checked.out
    assert "ok    source legacy: action GetClients\n" in checked.out
    assert "Its API role needs GetAdminDetails" in checked.out

    planned = provider.syncd("plan")
    assert planned.code == 4
    assert "Tick GetContacts in the credential's API role." in planned.said
    assert not provider.writes


def test_a_new_whmcs_is_no_source(provider: Provider, old: Old) -> None:
    old.tell("switches", version="8.13.1")

    for command in ("check", "plan"):
        done = provider.syncd(command)
        assert done.code == 4
        assert "already WHMCS 8 or later (its version is 8.13.1-release.1)" in done.out + done.said
    assert not provider.writes


def test_without_details_no_account_can_be_made(provider: Provider, old: Old) -> None:
    configure(provider, old.sandbox, details=False)

    done = provider.syncd("plan")

    assert done.code == 2
    assert "accounts.create_missing needs details: true for the source legacy" in done.said
