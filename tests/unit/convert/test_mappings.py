"""The permission maps: data for people, part of the package, and exact."""

from importlib import resources
from pathlib import Path

import pytest
import yaml

from syncd.config.files import load_mapping
from syncd.convert.permissions import flag_reader
from syncd.errors import PermissionMapUnusable
from syncd.model.flags import Flags
from syncd.model.permission import ALL

ROOT = Path(__file__).parents[3]
BUNDLED = sorted(path.stem for path in (ROOT / "mappings").glob("whmcs-*.yaml"))


def test_there_is_a_map_for_each_legacy_generation() -> None:
    assert BUNDLED == ["whmcs-6", "whmcs-7"]


@pytest.mark.parametrize("name", BUNDLED)
def test_what_people_read_is_what_the_package_ships(name: str) -> None:
    shipped = resources.files("syncd") / "mappings" / f"{name}.yaml"

    assert shipped.read_bytes() == (ROOT / "mappings" / f"{name}.yaml").read_bytes()


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_map_loads_under_its_name(name: str) -> None:
    assert load_mapping(name).name == name


def test_whmcs_7_is_the_identity_of_the_thirteen_keys() -> None:
    assert load_mapping("whmcs-7").permissions == {key: key for key in ALL}


def test_whmcs_6_lacks_single_sign_on() -> None:
    twelve = [key for key in ALL if key != "productsso"]

    mapping = load_mapping("whmcs-6")

    assert mapping.permissions == {key: key for key in twelve}
    assert flag_reader(mapping)("invoices,productsso") == Flags(("invoices",), ("productsso",))


@pytest.mark.parametrize("name", BUNDLED)
def test_every_key_and_every_label_of_a_bundled_map_reads_as_its_flag(name: str) -> None:
    mapping = load_mapping(name)
    read = flag_reader(mapping)

    assert mapping.ignored == ()
    for label, flag in {**mapping.aliases, **{key: key for key in mapping.permissions}}.items():
        assert flag in mapping.permissions
        for written in (label, label.upper(), f" {label} ", label.replace("&", "&amp;")):
            assert read(written) == Flags((mapping.permissions[flag],)), written


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("like", ["view invoices", "invoice", "all", "*", "sso", "Manage Domains"])
def test_nothing_is_mapped_by_likeness(name: str, like: str) -> None:
    assert flag_reader(load_mapping(name))(like) == Flags((), (like,))


GOOD = {"name": "ours", "permissions": {"invoices": "invoices"}}


def test_a_map_of_ones_own_is_given_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(yaml.safe_dump(GOOD | {"aliases": {"Bills": "invoices"}, "ignored": ["zz"]}))

    mapping = load_mapping(str(path))

    assert flag_reader(mapping)("bills,zz") == Flags(("invoices",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "[a, b]",
        "name: [unclosed",
        "permissions: {invoices: invoices}",
        "name: ours",
        yaml.safe_dump(GOOD | {"permissions": ["invoices"]}),
        yaml.safe_dump(GOOD | {"permissions": {"invoices": 1}}),
        yaml.safe_dump(GOOD | {"permissions": {"invoices": None}}),
        yaml.safe_dump(GOOD | {"aliases": {"Bills": "invoice"}}),
        yaml.safe_dump(GOOD | {"aliases": ["Bills"]}),
        yaml.safe_dump(GOOD | {"ignored": "zz"}),
        yaml.safe_dump(GOOD | {"alias": {"Bills": "invoices"}}),
    ],
)
def test_a_bad_map_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    with pytest.raises(PermissionMapUnusable) as caught:
        load_mapping(str(path))

    assert caught.value.problems


def test_a_map_that_is_not_text_is_a_configuration_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PermissionMapUnusable):
        load_mapping(str(path))


@pytest.mark.parametrize("name", ["whmcs-8", "", "no/such.yaml", "../mappings/whmcs-7"])
def test_a_map_that_is_not_there_is_a_configuration_error(name: str) -> None:
    with pytest.raises(PermissionMapUnusable):
        load_mapping(name)


# --- what a flag means is fixed ---------------------------------------------------------------


def written(folder: Path, permissions: dict[str, str], **more: dict[str, str]) -> str:
    path = folder / "ours.yaml"
    path.write_text(yaml.safe_dump({"name": "ours", "permissions": permissions, **more}))
    return str(path)


@pytest.mark.parametrize(
    ("flag", "permission"),
    [("tickets", "profile"), ("Tickets", "invoices"), (" orders ", "contacts")],
)
def test_no_map_gives_a_flag_the_meaning_of_another(
    flag: str, permission: str, tmp_path: Path
) -> None:
    with pytest.raises(PermissionMapUnusable) as raised:
        load_mapping(written(tmp_path, {"quotes": "quotes", flag: permission}))

    (problem,) = raised.value.problems
    assert problem.startswith(f"{flag} must not become {permission}: ")


@pytest.mark.parametrize("label", ["View Emails", "view  emails ", "View Emails&nbsp;", "tickets"])
@pytest.mark.parametrize("table", ["aliases", "permissions"])
def test_no_map_gives_a_label_the_meaning_of_another(
    label: str, table: str, tmp_path: Path
) -> None:
    tables: dict[str, dict[str, str]] = {"permissions": {"profile": "profile"}, "aliases": {}}
    tables[table][label] = "profile"
    with pytest.raises(PermissionMapUnusable, match="must not become profile"):
        load_mapping(written(tmp_path, **tables))


def test_a_label_may_be_spelled_out_and_others_be_known(tmp_path: Path) -> None:
    permissions, aliases = {"emails": "emails"}, {"View Emails": "emails", "Post": "emails"}
    assert load_mapping(written(tmp_path, permissions, aliases=aliases)).aliases == aliases


def test_a_map_may_rename_leave_out_and_know_flags_of_its_own(tmp_path: Path) -> None:
    permissions = {"tickets": "support_tickets", "quotes": "quotes", "reseller": "orders"}

    assert load_mapping(written(tmp_path, permissions)).permissions == permissions
