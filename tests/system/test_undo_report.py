"""What a plan that takes back a run says: what is left to do by hand, and nothing untrue."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from people import sub
from test_undo import Shop


def report_of(result: Any) -> str:
    text: str = (result.folder / "report.txt").read_text(encoding="utf-8")
    return text


def worksheet(folder: Path) -> list[dict[str, str]]:
    with (folder / "worksheet.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_invitations_to_take_back_are_work_by_hand_and_listed(shop: Shop) -> None:
    made = shop.undo(shop.sync().run_id)

    tasks = worksheet(made.folder)
    assert [row["task"] for row in tasks].count("Cancel the invitation") == 2
    assert {row["who"] for row in tasks} >= {"dana@dean.example", "erin@archer.example"}
    text = report_of(made)
    assert text.startswith("READY WITH DECISIONS (nothing to decide, 7 held, 7 to do by hand).")
    assert (
        f"Do by hand the {len(tasks)} tasks that the target's API cannot do (worksheet.csv)."
        in text
    )


def test_who_took_it_back_is_not_somebody_unknown(shop: Shop) -> None:
    run_id = shop.sync().run_id
    shop.accept_all()
    shop.sync()
    shop.take_back(run_id)

    text = report_of(shop.sync())

    assert "by hand or by syncd undo" in " ".join(text.split())
    assert "somebody" not in text


def test_as_many_are_to_be_decided_as_are_asked(shop: Shop) -> None:
    shop.rows.append(sub(113, 17, "dana@dean.example", "domains", first_name="Dan", last_name="D"))
    shop.sync()
    shop.accept_all()
    shop.sync()
    erins = next(key for key, keys in shop.target.members.items() if keys == ("tickets",))
    shop.target.members[erins] = ("orders",)

    made = shop.sync()

    text = (made.folder / "decisions.yaml").read_text(encoding="utf-8")
    asked = yaml.load(text, yaml.BaseLoader)["decisions"]  # noqa: S506
    assert {item["on"] for item in asked} >= {"drifted"}
    assert f"({len(asked)} to decide, " in report_of(made).splitlines()[0]
    assert f"Answer {len(asked)} open question" in report_of(made)
