"""`syncd decide`: many at once, from a spreadsheet, and what is refused."""

import csv
from itertools import product
from pathlib import Path

import pytest
from listing import ListingTarget
from people import MAPPING, RULES, client, sub
from rehearsal import settings_with

from syncd import run
from syncd.cli import decide
from syncd.cli.decide import Author, Which, decide_many, take_from
from syncd.config import decisions
from syncd.config.files import load_roles
from syncd.errors import DecisionsUnusable, OptionUnusable, PlanUnusable
from syncd.model.policy import Fuses, Policy
from syncd.report.asking import QuestionRow
from syncd.report.files import ReportRules
from syncd.report.questions import TABLE, asked
from syncd.sources.memory import MemorySource

ANN = Author("Ann", "2026-03-01", "asked by phone")
TWINS, NAMES = "twin_logins_overlap", "many_names"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a plan that asks three questions of two kinds."""
    place = tmp_path_factory.mktemp("decide")
    clients = [client(number, f"olga{number}@acme.example") for number in (17, 18)]
    contacts = [
        sub(1, 17, "jane@dev.example", "invoices,tickets"),
        sub(2, 17, "jane@dev.example", "tickets,quotes"),
        sub(3, 18, "kim@dev.example", "orders,tickets"),
        sub(4, 18, "kim@dev.example", "tickets,domains"),
        sub(5, 17, "desk@dev.example", "invoices", first_name="Ann", last_name="Day"),
        sub(6, 18, "desk@dev.example", "invoices", first_name="Bo", last_name="Night"),
    ]
    settings = settings_with(RULES, MAPPING, Policy(), Fuses(), {"legacy": "email"})
    source = MemorySource("legacy", clients, contacts)
    rules = ReportRules(load_roles("labels"))
    job = run.Job([source], ListingTarget("shop"), settings, place / "state", rules)
    run.planned(job, place / "out")
    return place / "out"


@pytest.fixture
def plan(made: Path, tmp_path: Path) -> Path:
    """Give a copy of the plan, to answer in."""
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def answers(plan: Path) -> dict[str, str]:
    return {each.scope: each.answer for each in decisions.load(plan / "decisions.yaml")}


def test_the_table_says_what_is_asked_and_of_whom(made: Path) -> None:
    rows = {row.scope: row for row in asked(made)}
    desk, jane = rows["user:desk@dev.example"], rows["membership:legacy/17:jane@dev.example"]
    assert len(rows) == 3
    assert (desk.on, desk.accounts, desk.emails) == (
        NAMES,
        "legacy/17 legacy/18",
        "desk@dev.example",
    )
    assert desk.changes == 2
    assert "Ann Day" in desk.data
    assert (jane.on, jane.accounts) == (TWINS, "legacy/17")
    assert "union = the person gets" in jane.answers
    assert "invoices, quotes, tickets" in jane.answers


@pytest.mark.parametrize(
    ("which", "scopes"),
    [
        (Which(), {"user:desk", "membership:legacy/17:jane", "membership:legacy/18:kim"}),
        (Which(on=TWINS), {"membership:legacy/17:jane", "membership:legacy/18:kim"}),
        (Which(account="legacy/18"), {"user:desk", "membership:legacy/18:kim"}),
        (Which(person="Desk@dev.example"), {"user:desk"}),
        (Which(label="billing"), {"user:desk"}),
        (Which(on=TWINS, account="legacy/17"), {"membership:legacy/17:jane"}),
    ],
)
def test_all_that_fit_get_the_answer_and_no_other(
    plan: Path, which: Which, scopes: set[str]
) -> None:
    decide_many(plan, None, which, ANN, "leave")
    assert answers(plan) == dict.fromkeys((f"{scope}@dev.example" for scope in scopes), "leave")
    with pytest.raises(OptionUnusable, match="no question fits"):
        decide_many(plan, None, which, ANN, "leave")


def test_an_answer_that_one_of_them_does_not_take_is_given_to_none(plan: Path) -> None:
    before = (plan / "decisions.yaml").read_bytes()
    with pytest.raises(OptionUnusable, match=f"{NAMES} takes apply, leave"):
        decide_many(plan, None, Which(), ANN, "union")
    with pytest.raises(OptionUnusable, match="no question fits"):
        decide_many(plan, None, Which(account="legacy/1"), ANN, "leave")
    assert (plan / "decisions.yaml").read_bytes() == before


def filled(plan: Path, path: Path, *, delimiter: str, **cells: dict[str, str]) -> Path:
    """Fill in a copy of the table, by the name in the address, as a spreadsheet saves it."""
    with (plan / TABLE.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, (name, values) in product(rows, cells.items()):
        if f"{name}@" in row["scope"]:
            row.update(values)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_colleagues_spreadsheet_is_taken_over(plan: Path, tmp_path: Path, delimiter: str) -> None:
    kim = {"answer": " Union ", "by": "Kim", "at": "2026-02-28", "because": "=both; she said"}
    cells = {"desk": {"answer": "leave"}, "kim": kim}
    table = filled(plan, tmp_path / "filled.csv", delimiter=delimiter, **cells)
    take_from(plan, None, table, ANN)

    known = {each.scope: each for each in decisions.load(plan / "decisions.yaml")}
    assert len(known) == 2
    desk, kim = known["user:desk@dev.example"], known["membership:legacy/18:kim@dev.example"]
    assert (desk.answer, desk.by, desk.because) == ("leave", "Ann", "asked by phone")
    assert (kim.answer, kim.by, kim.at, kim.because) == (
        *("union", "Kim", "2026-02-28"),
        "=both; she said",
    )


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"answer": "perhaps"}, "'perhaps' is not one of apply, leave"),
        ({"answer": "leave", "made_on": "#0000000000000000"}, "the data have changed"),
        ({"answer": "leave", "made_on": "1.2E+15"}, "the data have changed"),
        ({"answer": "leave", "scope": "user:desk@elsewhere.example"}, "does not ask it"),
        ({"answer": "leave", "at": "28.11.2026"}, "'28.11.2026' is no date like 2026-03-01"),
    ],
)
def test_one_wrong_row_and_none_is_taken(
    plan: Path, tmp_path: Path, cells: dict[str, str], problem: str
) -> None:
    before = (plan / "decisions.yaml").read_bytes()
    jane = {"answer": "leave"}
    table = filled(plan, tmp_path / "filled.csv", delimiter=",", desk=cells, jane=jane)
    with pytest.raises(DecisionsUnusable, match=problem) as refused:
        take_from(plan, None, table, ANN)
    assert refused.value.path == str(table), "it is in the table that something has to be corrected"
    assert (plan / "decisions.yaml").read_bytes() == before


def test_two_answers_to_one_question_are_refused(plan: Path, tmp_path: Path) -> None:
    table = filled(plan, tmp_path / "filled.csv", delimiter=",", jane={"answer": "leave"})
    again = filled(plan, tmp_path / "again.csv", delimiter=",", jane={"answer": "union"})
    (row,) = (
        line for line in again.read_text("utf-8").splitlines(keepends=True) if "union," in line
    )
    table.write_text(table.read_text("utf-8-sig") + row, encoding="utf-8")
    with pytest.raises(DecisionsUnusable, match="answered twice") as refused:
        take_from(plan, None, table, ANN)
    assert refused.value.path == str(table)


def test_what_is_no_such_table_is_refused(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for name, problem in (("other.csv", "no column on"), ("none.csv", "No such file")):
        with pytest.raises(DecisionsUnusable, match=problem):
            take_from(plan, None, tmp_path / name, ANN)
    (tmp_path / "latin.csv").write_bytes("on;scope;made_on;answer\nZoë\n".encode("latin-1"))
    with pytest.raises(DecisionsUnusable, match="not UTF-8"):
        take_from(plan, None, tmp_path / "latin.csv", ANN)


def test_a_table_in_the_plans_folder_that_was_edited_is_no_longer_the_plans(plan: Path) -> None:
    filled(plan, plan / TABLE.file, delimiter=",", desk={"answer": "leave"})
    with pytest.raises(PlanUnusable, match="changed after it was made"):
        decide_many(plan, None, Which(), ANN, "leave")


def test_an_address_that_is_none_is_found_by_it() -> None:
    row = QuestionRow(
        *("login_address_invalid", "legacy/1", "Acme", "bo at dev.example", "", "", "", "", 0),
        *("", "", "user:bo at dev.example", ""),
    )
    assert Which(person="Bo at dev.example").fits(row)
    assert not Which(person="bo").fits(row)


def test_only_takes_known_names() -> None:
    assert decide.which(["on=x", "label=billing"]) == Which(on="x", label="billing")
    for pair in ("code=x", "on=", "on"):
        with pytest.raises(OptionUnusable):
            decide.which([pair])
