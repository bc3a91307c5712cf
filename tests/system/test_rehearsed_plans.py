"""Plans that must have been rehearsed: in a sandbox, verified there, certified for that plan."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from provider import Provider
from signers import Signer, signer

REHEARSED = {"policy": {"rehearsed": True}}


def plan(provider: Provider) -> Path:
    folder = provider.folder / "out"
    assert provider.syncd("plan", "--out", str(folder)).code in (0, 5)
    return folder


def tamper(provider: Provider, statement: str) -> None:
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as con:
        con.execute(statement)
        con.commit()


def refused(provider: Provider, folder: Path, sentence: str) -> None:
    done = provider.syncd("apply", str(folder))
    assert done.code == 3, done
    assert sentence in done.said, done.said
    assert not provider.writes


def test_a_plan_is_applied_once_it_passed_a_rehearsal(provider: Provider) -> None:
    provider.configure(**REHEARSED)
    folder = plan(provider)
    refused(provider, folder, "policy.rehearsed demands a rehearsal, and there was none")
    done = provider.syncd("rehearse", "--certify", str(folder))
    assert done.code == 0, done
    assert "in the sandbox: changes: 14 applied.\nVerified there: PASS.\n" in done.out
    assert "PASS, not signed. It is in the journal." in done.out
    assert not provider.writes
    assert not provider.mails
    assert provider.syncd("apply", str(folder)).code == 0
    assert len(provider.writes) == 14
    assert "\n    rehearsed 20" in provider.syncd("status").out
    assert provider.syncd("journal", "check").code == 0


def test_a_rehearsal_is_of_one_plan_one_version_and_of_its_time(provider: Provider) -> None:
    provider.configure(**REHEARSED)
    folder = plan(provider)
    assert provider.syncd("rehearse", "--certify", str(folder)).code == 0
    tamper(provider, 'UPDATE certificates SET body = replace(body, \'"syncd":"\', \'"syncd":"0.\')')
    refused(provider, folder, "does not count: it was by syncd 0.0.1.0, and this is 0.1.0")
    tamper(provider, 'UPDATE certificates SET body = replace(body, \'"syncd":"0.\', \'"syncd":"\')')
    tamper(provider, 'UPDATE certificates SET body = replace(body, \'"at":"20\', \'"at":"19\')')
    refused(provider, folder, "it is older than the plan, or than plans.max_age allows")
    tamper(provider, "UPDATE certificates SET body = 'PASS'")
    refused(provider, folder, "it cannot be read")
    provider.legacy.leave(116)
    provider.back_up()
    other = provider.folder / "other"
    assert provider.syncd("plan", "--out", str(other)).code == 0
    refused(provider, other, "policy.rehearsed demands a rehearsal, and there was none")
    moved = provider.syncd("rehearse", "--certify", str(folder))
    assert moved.code == 3
    assert "hugo@cole.example" in moved.said, "it is that plan which is rehearsed, or none"


def test_who_can_do_more_there_than_before_fails_it(settled: Provider) -> None:
    member = {"client_id": 1, "email": "dana@dean.example"}
    settled.tell("members", permissions=["products", "invoices", "orders"], **member)
    settled.configure(**REHEARSED)
    settled.legacy.contact(120, 19, "Iris Cole", "iris@cole.example", permissions="quotes")
    settled.back_up()
    folder = plan(settled)
    done = settled.syncd("rehearse", "--certify", str(folder))
    assert done.code == 3, done
    assert "2 applied.\nVerified there: FAIL; gained_right" in done.out, done.out
    assert "FAIL, not signed" in done.out
    refused(settled, folder, "it did not pass")


@pytest.fixture
def people(provider: Provider) -> tuple[Signer, Signer]:
    return signer(provider.folder, "ann"), signer(provider.folder, "bob")


def test_where_people_have_keys_one_of_them_signs(
    provider: Provider, people: tuple[Signer, Signer]
) -> None:
    """Whoever can write the journal alone certifies nothing."""
    ann, _ = people
    policy = {"rehearsed": True, "approvers": {"ann": ann.public}, "approvals": 1}
    provider.configure(policy=policy)
    folder = plan(provider)
    words = ("rehearse", "--certify", str(folder))
    unsigned = provider.syncd(*words)
    assert unsigned.code == 2
    assert "policy.approvers names people: one of them signs the certificate" in unsigned.said
    as_ann = ("--as", "ann", "--key", str(ann.key))
    assert f"PASS, signed by ann, {ann.fingerprint}" in provider.syncd(*words, *as_ann).out
    refused(provider, folder, "policy.approvals demands 1 person, and so far there is nobody")
    assert provider.syncd("approve", str(folder), *as_ann).code == 0
    tamper(provider, "UPDATE certificates SET body = replace(body, '\"held\":0', '\"held\":1')")
    refused(provider, folder, "its signature does not count: it is over something else")
    tamper(provider, "UPDATE certificates SET signature = (SELECT signature FROM approvals)")
    refused(provider, folder, "it is for 'syncd-plan', not for 'syncd-rehearsal'")
    tamper(provider, "UPDATE certificates SET name = 'bob'")
    refused(provider, folder, "nobody whom policy.approvers names has signed it")
    assert provider.syncd(*words, *as_ann).code == 0
    assert provider.syncd("apply", str(folder)).code == 0
    out = provider.syncd("status").out
    assert "    rehearsed 20" in out
    assert f"signed by ann, {ann.fingerprint}" in out


def test_status_says_what_the_cutover_lacks(settled: Provider) -> None:
    assert json.loads(settled.syncd("status", "--json").out)["cutover"]["plan"]
    before = settled.syncd("status").out
    assert "  verify: no verification is noted. Next: syncd verify --note\n" in before
    assert settled.syncd("verify").code == 0
    assert settled.syncd("status").out == before, "what nobody noted is not known"
    assert settled.syncd("verify", "--note").code == 0
    after = settled.syncd("status").out
    assert "  verify: " not in after
    cutover = json.loads(settled.syncd("status", "--json").out)["cutover"]
    open_checks = [check["name"] for check in cutover["checks"] if check["lacks"]]
    assert f"Cut-over: {cutover['met']} of 10 checks are met" in after
    assert len(open_checks) == 10 - cutover["met"]
    assert "rehearsal" in open_checks
