"""A backup that may be a part: nothing is removed on its word, and the first screen says why."""

import zipfile
from dataclasses import replace

import yaml
from dumps import PHP, write_dump
from provider import CLIENT, CONTACT, Provider, findings, said

ERIN = "membership:legacy/17:erin@archer.example"
REMOVING = {
    "policy": {"mode": "sync"},
    "fuses": {"removals": 5, "removals_per_account": 5, "source_share": 0.1},
}
COLUMNS = {"tblclients": list(CLIENT), "tblcontacts": list(CONTACT)}


def back_up_without_end(provider: Provider) -> None:
    """Write the backup as a PHP script does, which marks no end."""
    dump = write_dump(provider.legacy.tables, replace(PHP, header="-- backup\n"), columns=COLUMNS)
    with zipfile.ZipFile(provider.backup, "w") as archive:
        archive.writestr("whmcs.sql", dump)


def test_a_backup_without_end_mark_removes_nothing_until_somebody_decides(
    provider: Provider,
) -> None:
    provider.configure(**REMOVING)
    assert provider.syncd("sync").code == 0
    provider.tell("invites/accept-all")
    provider.legacy.leave(112)
    back_up_without_end(provider)
    done = provider.syncd("plan")
    plan = provider.plans[-1]
    assert said(plan)[ERIN] == ("hold", "review:maybe_cut")
    # Nor is anybody told to do it by hand: the contact of hers and her user.
    assert {rule for verdict, rule in said(plan).values() if verdict == "hold"} == {
        "review:maybe_cut"
    }
    (doubt,) = [finding for finding in findings(plan) if finding["code"] == "maybe_cut"]
    assert doubt["severity"] == "review"
    report = (plan / "report.txt").read_text(encoding="utf-8")
    for text in (done.out, report):
        assert "nothing marks the end of the dump" in text
        assert "1 x maybe_cut (review)" in text

    text = (plan / "decisions.yaml").read_text(encoding="utf-8")
    asked = yaml.load(text, yaml.BaseLoader)["decisions"]  # noqa: S506 (texts alone)
    (question,) = [entry for entry in asked if entry["on"] == "maybe_cut"]
    assert question["scope"] == "source:legacy"
    answer = question | {"answer": "apply", "by": "Lena", "at": "2026-03-01"}
    decided = provider.folder / "decided.yaml"
    decided.write_text(yaml.safe_dump({"version": 1, "decisions": [answer]}), encoding="utf-8")
    provider.configure(**REMOVING, decisions=str(decided))
    provider.syncd("plan")
    assert said(provider.plans[-1])[ERIN] == ("apply", "")

    # The answer was about six contacts less one; of another backup it is asked anew.
    provider.legacy.leave(115)
    back_up_without_end(provider)
    provider.syncd("plan")
    assert said(provider.plans[-1])[ERIN] == ("hold", "review:maybe_cut")
