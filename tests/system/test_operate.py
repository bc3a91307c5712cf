"""docs/operate.md: its commands, in its order, on a provider's data."""

import re
import shlex
from pathlib import Path

from provider import Provider

from syncd.cli.words import Exit

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")


def commands(heading: str) -> list[list[str]]:
    """Give the commands of a section, as a shell would read them."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = "".join(re.findall(r"(?s)```sh\n(.*?)```", section)).splitlines()
    return [shlex.split(line, comments=True) for line in lines]


def test_from_the_first_dry_run_to_the_cutover(provider: Provider) -> None:
    provider.legacy.contact(131, 17, "Nora Nought", "nora@nought.example", subaccount=1)
    provider.back_up()
    provider.environment["SYNCD_CONFIG"] = str(provider.config)
    ran = []
    for program, *words in commands("From the first dry run to the cut-over"):
        assert program == "syncd"
        done = provider.syncd(*words, config=False)
        assert done.code in (Exit.DONE, Exit.HELD), (words, done.said)
        ran.append((words[0], len(provider.writes)))

    assert [name for name, _ in ran] == [
        *("check", "plan", "decide", "plan", "diff", "rehearse", "approve"),
        *("apply", "status", "verify", "sync", "status"),
    ]
    writes = dict(ran)
    assert writes["approve"] == 0, "nothing is written before the plan is applied"
    assert writes["verify"] > 0
    assert writes["sync"] == writes["apply"], "a run after a complete run changes nothing"


def test_a_journal_is_put_back(provider: Provider) -> None:
    provider.syncd("sync")
    backup, *after = commands("Backing up the journal")
    assert backup[1:3] == ["journal", "backup"]
    copy = provider.folder / "copy.sqlite"
    assert provider.syncd("journal", "backup", str(copy)).code == Exit.DONE
    for file in provider.state.glob("journal.sqlite*"):
        file.unlink()
    copy.rename(provider.state / "journal.sqlite")
    written = len(provider.writes)
    for _, *words in after:
        done = provider.syncd(*words)
        assert done.code in (Exit.DONE, Exit.HELD), (words, done.said)
    assert [words[1] for words in after] == ["journal", "plan"]
    assert len(provider.writes) == written
