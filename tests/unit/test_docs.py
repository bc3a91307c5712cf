"""Documentation against code: what exists is documented, and what is documented can be opened."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import click
import msgspec
import pytest
import typer
import yaml
from pydantic import BaseModel

from syncd.cli.app import app
from syncd.cli.words import Exit
from syncd.config.config import Config, load
from syncd.decide.fuses import LIFTABLE, Clocks, Tally, judge_plan
from syncd.decide.guard import CHECKS
from syncd.decide.rules import Rule
from syncd.match.installation import Comparison
from syncd.model.age import Older
from syncd.model.change import Reason
from syncd.model.finding import CATALOGUE, Code
from syncd.model.outcome import Outcome
from syncd.model.policy import Fuses
from syncd.sandbox.fault_kinds import KINDS
from syncd.sandbox.faults import Kind
from syncd.sandbox.switches import SWITCHES, Switch
from syncd.targets.whmcs.client import WRITING
from syncd.wire.messages import READING

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "config.example.yaml"
UNIT = ROOT / "systemd" / "syncd.service"
FOLDERS = (ROOT, DOCS, ROOT / "systemd", ROOT / "companion")
PAGES = sorted(page for folder in FOLDERS for page in folder.glob("*.md"))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """Give the text under a heading of a page, up to the next one of its level."""
    _, found, rest = f"\n{page(name)}".partition(f"\n{heading}\n")
    assert found, f"docs/{name} has no section {heading!r}"
    return rest.partition(f"\n{heading.split(maxsplit=1)[0]} ")[0]


def rows(text: str) -> list[list[str]]:
    """Give the cells of every table row in a text, without backticks."""
    lines = (line.strip() for line in text.splitlines())
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]


def first_cells(text: str) -> list[str]:
    return [cells[0] for cells in rows(text)]


# --- commands and exit codes ----------------------------------------------------------------

GROUP = typer.main.get_command(app)
COMMANDS: dict[str, click.Command] = GROUP.commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_and_a_section(name: str) -> None:
    assert COMMANDS[name].help

    told = section("commands.md", f"## syncd {name}")

    common = section("commands.md", "## Options in common")
    for parameter in COMMANDS[name].params:
        for option in [*parameter.opts, *parameter.secondary_opts]:
            if option.startswith("--"):
                assert f"`{option}" in told + common, f"{option} of syncd {name}"


def test_no_command_is_documented_that_is_not_there() -> None:
    titles = re.findall(r"(?m)^## syncd (\w+)$", page("commands.md"))

    assert sorted(titles) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("name", "heading"),
    [("commands.md", "## Exit codes"), ("operate.md", "## Exit codes at 3 a.m.")],
)
def test_every_exit_code_is_documented(name: str, heading: str) -> None:
    codes = [cell for cell in first_cells(section(name, heading)) if cell.isdecimal()]

    assert codes == [str(code.value) for code in Exit]


# --- configuration --------------------------------------------------------------------------


def uncommented() -> Any:
    """Read the example with its `#key:` lines as if they were not commented out."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r'(?m)^( *)#(?=[\w"-])', r"\1", text))


Sections = type[BaseModel] | type[msgspec.Struct]


class Key(NamedTuple):
    annotation: Any
    default: Any  # None where it is required


def keys(section: Sections) -> dict[str, Key]:
    """Give the keys of a section of the config, whether a model or a struct."""
    if issubclass(section, BaseModel):
        return {
            name: Key(field.annotation, None if field.is_required() else field.default)
            for name, field in section.model_fields.items()
        }
    return {
        field.name: Key(field.type, None if field.required else default_of(field))
        for field in msgspec.structs.fields(section)
    }


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    factory: Any = field.default_factory
    return field.default if factory is msgspec.NODEFAULT else factory()


def sections(annotation: Any) -> list[Sections]:
    """Give the sections that an annotation allows, inside of unions, tuples and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | msgspec.Struct):
        return [annotation]
    if get_origin(annotation) is Annotated:
        return sections(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType, tuple):
        return [section for part in get_args(annotation) for section in sections(part)]
    return []


def kinds(section: Sections) -> set[str]:
    """Give the values of `kind` that a section is for; `plugin` for those with a pattern."""
    annotation = keys(section)["kind"].annotation
    return set(get_args(annotation)) if get_origin(annotation) is Literal else {"plugin"}


def shown(section: Sections, given: dict[str, Any], at: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield path, default and shown value of every key of a section, in all that it holds."""
    for name, (annotation, default) in keys(section).items():
        assert name in given, f"{at}{name} is not in config.example.yaml"
        inner = sections(annotation)
        if not inner:
            yield f"{at}{name}", default, given[name]
        elif len(inner) == 1:
            yield from shown(inner[0], given[name], f"{at}{name}.")
        else:
            yield from _of_one_kind(inner, given[name], f"{at}{name}")


def _of_one_kind(inner: list[Sections], given: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    items = given if isinstance(given, list) else [given]
    entries = {item["kind"].partition(":")[0]: item for item in items}
    for section in inner:
        for kind in kinds(section):
            # Of sources every kind is shown; a target is one, and its plug-ins look the same.
            if kind in entries or isinstance(given, list):
                yield from shown(section, entries[kind], f"{at}[{kind}].")


def test_the_example_loads_as_it_is() -> None:
    config = load(EXAMPLE)

    assert [source.kind for source in config.sources] == ["mysql"]


def test_the_example_shows_every_key_and_its_default() -> None:
    wrong = []
    for path, default, value in shown(Config, uncommented(), ""):
        plain = str(default) if isinstance(default, Path) else default
        same = set(value) == set(plain) if isinstance(plain, frozenset | tuple) else value == plain
        if plain is not None and not same:
            wrong.append(f"{path}: {value!r} is shown, {plain!r} is the default")

    assert not wrong


def test_the_example_has_no_keys_that_are_not_there() -> None:
    """Each commented key must be one, too: a strict model of all of them tells."""
    raw = uncommented()
    raw["sources"][1]["name"] = "brandb"
    raw["sources"][2]["name"] = "brandc"
    for by_api in (raw["target"], raw["sources"][2]):
        del by_api["username"], by_api["password"]

    Config.model_validate(raw)


def test_the_unit_loads_the_credentials_that_the_example_refers_to() -> None:
    active = "\n".join(
        line
        for line in EXAMPLE.read_text("utf-8").splitlines()
        if not line.lstrip().startswith("#")
    )
    loaded = re.findall(r"(?m)^LoadCredential=([\w-]+):", UNIT.read_text("utf-8"))

    assert sorted(loaded) == sorted(re.findall(r"credential:([\w-]+)", active))


# --- names that people meet in plans and reports ---------------------------------------------


@pytest.mark.parametrize("code", CATALOGUE.values(), ids=lambda code: code.code)
def test_every_finding_is_documented_as_the_catalogue_has_it(code: Code) -> None:
    answers = ", ".join(f"`{answer}`" for answer in code.answers)
    told = (f"`{code.code}`", code.case, code.severity, code.sentence, code.advice, answers)
    row = f"| {' | '.join(told)} |"

    assert row in page("findings.md")


def test_no_finding_is_documented_that_is_not_there() -> None:
    told = set(first_cells(section("findings.md", "## All codes"))) - {"code", "---"}

    assert told == set(CATALOGUE)


def test_every_guard_rule_is_documented_in_the_order_in_which_it_is_heard() -> None:
    listed = first_cells(section("how-it-works.md", "## Guard: rules on a change"))[2:]

    assert listed == list(Rule)


def test_rules_are_checked_in_the_order_of_their_enumeration() -> None:
    """Decisions are heard twice: on the reason of a change, and before what is found."""
    heard = [rule for rule, _, _ in CHECKS]
    heard.insert(heard.index(Rule.REVIEW) + 1, Rule.BLOCKED)
    together = [Rule.LAST_DOMAIN_RECIPIENT, Rule.ACCOUNT_LIMIT, Rule.WAVE, Rule.SILENT_WAVE]

    assert list(dict.fromkeys(heard)) + together == list(Rule)


def test_every_fuse_is_documented_and_says_whether_it_can_be_lifted() -> None:
    everything_wrong = Tally(
        clients=0,
        contacts=1,
        disposed=0,
        last_contacts=1000,
        expected=1,
        observed=0,
        managed=0,
        removals=1,
        updates=1000,
        most_removals=1,
        unknown_permissions=("teleport",),
        unpromised_mails=1,
        older_sources=(Older("legacy", 1),),
        installation=Comparison("here", "there"),
        clocks=Clocks(ahead=11),
    )
    fuses = {refusal.fuse for refusal in judge_plan(everything_wrong, Fuses())}

    table = rows(section("how-it-works.md", "## Fuses: limits on the whole plan"))[2:]

    assert {cells[0] for cells in table} == fuses
    assert {cells[0] for cells in table if cells[-1] != "no"} == LIFTABLE


@pytest.mark.parametrize(("names", "heading"), [
    (Reason, "## Diff: the truth table"),
    (Outcome, "## Apply"),
])  # fmt: skip
def test_every_reason_and_outcome_is_documented(names: Any, heading: str) -> None:
    told = first_cells(section("how-it-works.md", heading))

    assert {name.value for name in names} <= set(told)


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=lambda switch: switch.name)
def test_every_switch_is_documented_with_its_values(switch: Switch) -> None:
    values = ", ".join(switch.values) if switch.values else "any text"
    table = {cells[0]: cells for cells in rows(page("sandbox.md"))}

    _, told, default, question = table[switch.name]

    assert told.replace("`", "") == values
    assert default == (switch.default or "blank")
    assert question == switch.question


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_fault_of_the_sandbox_is_documented(kind: Kind) -> None:
    table = {cells[0]: cells for cells in rows(section("sandbox.md", "## Faults"))}

    _, story, options = table[kind.name]

    assert story == kind.story
    assert all(f"{name}: " in options.replace("`", "") for name in kind.options)


@pytest.mark.parametrize("action", sorted([*READING, *WRITING]))
def test_every_action_is_in_the_list_for_the_api_role(action: str) -> None:
    assert f"`{action}`" in section(
        "install.md", "## The target: an API role with the least it needs"
    )


# --- links ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        place, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", place):
            continue
        target = path.parent / place if place else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert not broken


def prose(path: Path) -> str:
    """Give a page without its code blocks."""
    return re.sub(r"(?ms)^```.*?^```", "", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"(?m)^#+ (.+)$", prose(path))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_index() -> None:
    index = page("README.md")

    missing = [path.name for path in DOCS.glob("*.md") if f"({path.name})" not in index]

    assert missing == ["README.md"]
