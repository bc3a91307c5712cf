"""Plans that so many people must stand up for: what counts as one of them, and what does not."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from provider import Done, Provider
from signers import Signer, keygen, signer
from terminal import Terminal

from syncd.report.plan import Manifest, encoded, seal_of


@pytest.fixture
def ann(provider: Provider) -> Signer:
    return signer(provider.folder, "ann")


@pytest.fixture
def bob(provider: Provider) -> Signer:
    return signer(provider.folder, "bob", "correct horse")


@pytest.fixture
def plan_dir(provider: Provider, ann: Signer, bob: Signer) -> Path:
    """Give a plan that two people must approve."""
    demand(provider, ann, bob)
    folder = provider.folder / "out"
    provider.plan_here(folder)
    return folder


def demand(provider: Provider, *people: Signer, number: int = 2, **policy: Any) -> None:
    approvers = {person.name: person.public for person in people}
    provider.configure(policy={"approvals": number, "approvers": approvers} | policy)


def approve(provider: Provider, folder: Path, *people: Signer) -> None:
    for person in people:
        words = ("approve", str(folder), "--as", person.name, "--key", str(person.key))
        done = provider.syncd(*words)
        assert done.code == 0, done


def hand_in(provider: Provider, folder: Path, person: Signer) -> Done:
    """Take a signature that a person made without syncd."""
    keygen("-q", "-p", "-P", person.passphrase, "-N", "", "-f", str(person.key))
    written = person.signs(folder / "plan.json")
    return provider.syncd(
        *("approve", str(folder), "--as", person.name, "--signature", str(written))
    )


def refused(provider: Provider, folder: Path, *sentences: str, code: int = 3) -> None:
    done = provider.syncd("apply", str(folder))
    assert done.code == code, done
    for sentence in sentences:
        assert sentence in done.said, done.said
    assert not provider.writes, "nothing is written"


def tamper(provider: Provider, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as con:
        con.execute(statement, values)
        con.commit()


# --- the way it is meant ----------------------------------------------------------------------


def test_two_people_approve_and_the_journal_says_who(
    provider: Provider, plan_dir: Path, ann: Signer, bob: Signer
) -> None:
    refused(provider, plan_dir, "policy.approvals demands 2 people, and so far there is nobody")
    assert provider.syncd("approve", str(plan_dir)).code == 5

    done = provider.syncd("approve", str(plan_dir), "--as", "ann", "--key", str(ann.key))
    assert done.code == 0
    assert "applies 14 changes, holds 0 changes." in done.out
    assert f"key {ann.fingerprint}." in done.out
    assert "has 1 of the 2 approvals that policy.approvals demands." in done.out
    assert done.out.endswith("Next: `syncd approve` by bob.\n")
    refused(provider, plan_dir, "demands 2 people, and so far there is ann. See docs/approve.md.")

    assert hand_in(provider, plan_dir, bob).code == 0
    assert provider.syncd("approve", str(plan_dir)).code == 0
    assert provider.syncd("apply", str(plan_dir)).code == 0
    assert len(provider.writes) == 14

    status = provider.syncd("status")
    for person in (ann, bob):
        assert f"approved by {person.name}, {person.fingerprint}, " in status.out
    assert provider.syncd("journal", "check").code == 0
    again = provider.syncd("apply", str(plan_dir))
    assert again.code == 0, "what two people stood up for may go on"
    assert len(provider.writes) == 14


def test_a_passphrase_is_asked_for_at_the_terminal_and_shown_to_nobody(
    provider: Provider, plan_dir: Path, bob: Signer
) -> None:
    words = ["approve", str(plan_dir), "--as", "bob", "--key", str(bob.key)]
    unasked = provider.syncd(*words)
    assert unasked.code == 2
    assert f"{bob.key} has a passphrase: give it at a terminal" in unasked.said

    for passphrase, code in (("wrong horse", 2), (bob.passphrase, 0)):
        terminal = Terminal(provider, 100, [*words, "--config", str(provider.config)])
        terminal.replies("Passphrase of", f"{passphrase}\n")
        shown = terminal.shown()
        assert shown.code == code, shown
        assert passphrase not in shown.screen
    assert "Approved by bob" in provider.syncd("approve", str(plan_dir)).out


def test_ssh_keygen_finds_our_signatures_good(
    provider: Provider, plan_dir: Path, ann: Signer, bob: Signer
) -> None:
    approve(provider, plan_dir, ann)
    with closing(sqlite3.connect(provider.state / "journal.sqlite")) as con:
        ((text,),) = con.execute("SELECT signature FROM approvals").fetchall()
    signature, allowed = provider.folder / "a.sig", provider.folder / "allowed_signers"
    signature.write_text(text, encoding="ascii")
    allowed.write_text(f"ann {ann.public}\nbob {bob.public}\n", encoding="utf-8")
    words = ("-Y", "verify", "-f", str(allowed), "-n", "syncd-plan", "-s", str(signature), "-I")
    said = keygen(*words, "ann", given=(plan_dir / "plan.json").read_bytes())
    assert said.startswith('Good "syncd-plan" signature for ann with ED25519 key')


# --- fewer people than demanded -----------------------------------------------------------------


def test_one_person_is_never_two(provider: Provider, plan_dir: Path, ann: Signer) -> None:
    """Whatever name the signature is put under, and whatever the journal says of it."""
    approve(provider, plan_dir, ann)
    approve(provider, plan_dir, ann)
    refused(provider, plan_dir, "so far there is ann.")
    as_bob = provider.syncd("approve", str(plan_dir), "--as", "bob", "--key", str(ann.key))
    assert as_bob.code == 2
    assert f"is the key {ann.fingerprint}; that of bob in policy.approvers is" in as_bob.said
    tamper(
        provider,
        "INSERT INTO approvals SELECT seal, 'bob', plan, fingerprint, approved_at, signature "
        "FROM approvals",
    )
    refused(provider, plan_dir, "that of bob does not count: it was made with the key")


def test_two_names_with_one_key_are_no_config(provider: Provider, ann: Signer) -> None:
    again = ann.public.replace("ann@desk", "somebody.else@desk")
    approvers = {"ann": ann.public, "bob": again}
    provider.configure(policy={"approvals": 2, "approvers": approvers})
    done = provider.syncd("plan")
    assert done.code == 2
    assert "ann and bob have the same key: give each their own" in done.said
    demand(provider, ann)
    done = provider.syncd("plan")
    assert done.code == 2
    assert "policy.approvals: 2 people can never approve: policy.approvers names 1" in done.said
    provider.configure(policy={"approvals": 1, "approvers": {"ann": "ssh-rsa AAAA"}})
    assert "policy.approvers.ann: must be the line of a .pub file" in provider.syncd("plan").said


def test_a_key_that_was_taken_back_or_is_nobodys_does_not_count(
    provider: Provider, plan_dir: Path, ann: Signer, bob: Signer
) -> None:
    approve(provider, plan_dir, ann)
    assert hand_in(provider, plan_dir, bob).code == 0
    eve = signer(provider.folder, "eve")
    demand(provider, ann, eve)
    refused(provider, plan_dir, "that of bob does not count: policy.approvers does not name them")
    demand(provider, ann, Signer("bob", eve.key))
    made_with = f"that of bob does not count: it was made with the key {bob.fingerprint}"
    refused(provider, plan_dir, made_with)
    stranger = provider.syncd("approve", str(plan_dir), "--as", "eve", "--key", str(eve.key))
    assert stranger.code == 2
    assert "policy.approvers does not name eve, but ann, bob" in stranger.said


def reseal(folder: Path, change: Callable[[Manifest], Manifest]) -> None:
    """Edit a plan as somebody does who knows how it is sealed."""
    path = folder / "plan.json"
    manifest = change(msgspec.json.decode(path.read_bytes(), type=Manifest))
    manifest = msgspec.structs.replace(manifest, seal=seal_of(manifest))
    path.write_bytes(encoded(manifest))


def test_a_plan_that_was_edited_since_has_no_approvals(
    provider: Provider, plan_dir: Path, ann: Signer, bob: Signer
) -> None:
    approve(provider, plan_dir, ann)
    assert hand_in(provider, plan_dir, bob).code == 0
    original = (plan_dir / "plan.json").read_bytes()
    (plan_dir / "plan.json").write_bytes(original.replace(b"kestrel", b"buzzard"))
    refused(provider, plan_dir, "it was changed after it was made", code=2)
    (plan_dir / "plan.json").write_bytes(original)
    reseal(plan_dir, lambda plan: msgspec.structs.replace(plan, contacts=plan.contacts + 1))
    made_by = "no run that the journal knows has made it as it is"
    refused(provider, plan_dir, made_by)
    again = provider.syncd("approve", str(plan_dir), "--as", "ann", "--key", str(ann.key))
    assert again.code == 2
    assert made_by in again.said, "a report that was made up is not what people stand up for"
    seal = msgspec.json.decode((plan_dir / "plan.json").read_bytes())["seal"]
    tamper(provider, "UPDATE certificates SET seal = ? WHERE kind = 'plan'", seal)
    refused(provider, plan_dir, "so far there is nobody")
    tamper(provider, "UPDATE approvals SET seal = ?", seal)
    refused(provider, plan_dir, "that of ann does not count: it is over something else")
    tamper(provider, "UPDATE approvals SET signature = 'trust me'")
    refused(provider, plan_dir, "that of ann does not count: it is no SSH signature")


def test_a_signature_is_for_one_plan_one_target_and_one_purpose(
    provider: Provider, plan_dir: Path, ann: Signer
) -> None:
    other = provider.folder / "other"
    provider.legacy.leave(116)
    provider.back_up()
    provider.plan_here(other)
    as_ann = ("approve", str(plan_dir), "--as", "ann", "--signature")
    of_other = provider.syncd(*as_ann, str(ann.signs(other / "plan.json")))
    assert of_other.code == 2
    assert "it is over something else, or was changed" in of_other.said
    of_files = provider.syncd(*as_ann, str(ann.signs(plan_dir / "plan.json", "file")))
    assert of_files.code == 2
    assert "it is for 'file', not for 'syncd-plan': ssh-keygen -n syncd-plan" in of_files.said

    approve(provider, other, ann)
    refused(provider, plan_dir, "so far there is nobody")
    elsewhere = provider.folder / "elsewhere"
    shutil.copytree(plan_dir, elsewhere)
    reseal(elsewhere, lambda plan: msgspec.structs.replace(plan, target="buzzard"))
    done = provider.syncd("approve", str(elsewhere), "--as", "ann", "--key", str(ann.key))
    assert done.code == 2
    assert "it was made for the target 'buzzard', not for 'kestrel'" in done.said


def test_nobody_approves_what_a_fuse_refuses(settled: Provider) -> None:
    """Or one of them could lift the fuse afterwards, alone."""
    ann, bob = (signer(settled.folder, name) for name in ("ann", "bob"))
    demand(settled, ann, bob, mode="sync")
    settled.legacy.leave(112)
    settled.back_up()
    folder = settled.folder / "out"
    assert settled.syncd("plan", "--out", str(folder)).code == 3
    done = settled.syncd("approve", str(folder), "--as", "ann", "--key", str(ann.key))
    assert done.code == 2
    assert "the fuse removals refuses it, so it is never applied" in done.said
    lifted = ("--allow", "removals=1", "--allow", "removals-per-account=1", "--because", "so")
    done = settled.syncd("apply", str(folder), *lifted)
    assert done.code == 3
    assert "the fuse removals refuses it, so nobody can stand up for it: plan anew" in done.said
    assert not settled.writes


def test_a_sync_applies_nothing_that_people_must_see_first(
    provider: Provider, ann: Signer, bob: Signer
) -> None:
    demand(provider, ann, bob)
    for command in ("sync", "run"):
        done = provider.syncd(command)
        assert done.code == 2, done
        assert "a sync applies a plan that nobody has seen" in done.said
    assert not provider.writes


def test_without_the_library_nothing_counts(
    provider: Provider, plan_dir: Path, ann: Signer, tmp_path: Path
) -> None:
    approve(provider, plan_dir, ann)
    bare = "import sys; sys.modules['cryptography'] = None; from syncd.cli.app import main; main()"
    for words in (["approve", str(plan_dir)], ["apply", str(plan_dir)]):
        done = subprocess.run(
            [sys.executable, "-c", bare, *words, "--config", str(provider.config)],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 2
        assert "needs the extra `approve`, which is not installed" in done.stderr
    assert not provider.writes
