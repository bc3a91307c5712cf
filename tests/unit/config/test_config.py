"""The configuration: every problem at once with its path, and secrets only by reference."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.config.config import Config, load, load_for_backup
from syncd.config.secrets import resolve_secret
from syncd.errors import (
    AccountMappingUnusable,
    ConfigError,
    PermissionMapUnusable,
    SuppressionsUnusable,
)
from syncd.model.change import Reason
from syncd.model.mailboxes import RESERVED_DOMAINS, ROLE_MAILBOXES
from syncd.model.policy import People, Staff
from syncd.model.suppression import suppression
from syncd.targets.whmcs.database import DatabaseReader
from syncd.targets.whmcs.reader import WhmcsReader
from syncd.wiring import open_sources, open_target, settings_of

HUSH = "hunter2-of-archer"

SOURCE = {"kind": "backup", "path": "/srv/backup.zip"}
TARGET = {"url": "https://new.archer.example", "identifier": "env:API_ID", "secret": "env:API_KEY"}


def written(folder: Path, content: object) -> Path:
    path = folder / "config.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    path.write_text(text, encoding="utf-8")
    return path


def config(folder: Path, **changes: Any) -> Config:
    return load(written(folder, {"sources": [SOURCE], "target": TARGET} | changes))


def problems(folder: Path, content: object) -> list[str]:
    path = written(folder, content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.path == str(path)
    assert HUSH not in str(caught.value)
    assert HUSH not in repr(caught.value)
    # What is chained is printed too, should a traceback ever be.
    assert HUSH not in f"{caught.value.__cause__}"
    return caught.value.problems


def target_problems(folder: Path, **changes: object) -> list[str]:
    target = {name: value for name, value in (TARGET | changes).items() if value is not None}
    return problems(folder, {"sources": [SOURCE], "target": target})


# --- what a small config means --------------------------------------------------------------


def test_a_small_config_is_a_careful_one(tmp_path: Path) -> None:
    read = config(tmp_path)
    assert read.policy.mode == "no-removals"
    assert read.policy.apply_reasons == {Reason.NEW, Reason.CHANGED, Reason.REVOKED}
    assert not read.accounts.create_missing
    assert read.accounts.match == "email"
    assert read.fuses.removals == 0
    assert not read.log.show_emails
    assert (read.sources[0].name, read.target.name) == ("legacy", "target")


def test_the_settings_of_a_run_follow_it(tmp_path: Path) -> None:
    settings = settings_of(
        config(
            tmp_path,
            policy={
                "mode": "sync",
                "closed": "all",
                "protected": [" Dana@Archer.example", "legacy/7"],
            },
            fuses={"removals": 3},
            waves={"per_run": 10},
            accounts={"match": "same-id", "create_missing": True},
        )
    )
    assert settings.guard.policy.mode == "sync"
    assert settings.guard.policy.protected == {"dana@archer.example", "legacy/7"}
    assert settings.guard.fuses.removals == 3
    assert settings.guard.waves.per_run == 10
    assert settings.rules.policy.closed == "all"
    assert settings.matching.matches == {"legacy": "same-id"}
    assert settings.guard.accounts.create_missing


def test_people_and_staff_are_read_as_addresses_are_compared(tmp_path: Path) -> None:
    rules = settings_of(
        config(
            tmp_path,
            names={"four_byte": False},
            people={"role_mailboxes": ["Desk"], "reserved_domains": ["Sandbox.example"]},
            staff={"domains": ["B\u00fccher.example"], "addresses": ["Sam@Mail.example"]},
        )
    ).rules

    assert rules.people == People(frozenset({"desk"}), frozenset({"sandbox.example"}))
    assert rules.staff == Staff(
        frozenset({"xn--bcher-kva.example"}), frozenset({"sam@mail.example"})
    )
    assert not rules.names.four_byte


def test_without_a_word_reserved_domains_and_role_mailboxes_are_the_real_ones(
    tmp_path: Path,
) -> None:
    rules = settings_of(config(tmp_path)).rules

    assert rules.people == People(ROLE_MAILBOXES, RESERVED_DOMAINS)
    assert rules.staff == Staff(frozenset(), frozenset())
    assert rules.names.four_byte


@pytest.mark.parametrize("staff", [
    {"domains": ["sam@kestrel.example"]}, {"domains": ["*.kestrel.example"]},
    {"domains": [".kestrel.example"]}, {"domains": [""]}, {"addresses": ["kestrel.example"]},
])  # fmt: skip
def test_a_domain_is_no_address_and_an_address_no_domain(
    tmp_path: Path, staff: dict[str, list[str]]
) -> None:
    (told,) = problems(tmp_path, {"sources": [SOURCE], "target": TARGET, "staff": staff})

    assert told.startswith("staff.")


def test_names_and_promises_reach_convert_and_guard_alike(tmp_path: Path) -> None:
    policy = {"cutover": "reinvite-by-owner", "excluded": ["Dana@Archer.example", "legacy/7"]}
    settings = settings_of(config(tmp_path, policy=policy))
    assert settings.guard.policy.cutover == "reinvite-by-owner"
    assert settings.guard.policy.excluded == {"dana@archer.example", "legacy/7"}
    assert settings.rules.policy.excluded == settings.guard.policy.excluded
    assert settings.matching.suppressed == frozenset()


def test_a_source_may_be_matched_by_a_rule_of_its_own(tmp_path: Path) -> None:
    sources = [SOURCE, SOURCE | {"name": "brandb"}]
    accounts = {"match": "same-id", "match_by_source": {"brandb": "email"}}
    read = config(tmp_path, sources=sources, accounts=accounts)
    assert settings_of(read).matching.matches == {"legacy": "same-id", "brandb": "email"}
    accounts = {"match_by_source": {"target": "email", "brandc": "email"}}
    content = {"sources": sources, "target": TARGET, "accounts": accounts}
    assert problems(tmp_path, content) == [
        "config: accounts.match_by_source names sources that do not exist: brandc, target"
    ]


@pytest.mark.parametrize("prefix", ["", "file:"])
def test_a_suppression_list_is_read_beside_the_config(prefix: str, tmp_path: Path) -> None:
    hashes = [suppression(name) for name in ("dana@archer.example", "erin@archer.example")]
    text = f"# erased in March\n{hashes[0]}\n\n{hashes[1].upper()}  # ticket 7\n"
    (tmp_path / "suppressed.txt").write_text(text, encoding="utf-8")
    read = config(tmp_path, policy={"suppressed": f"{prefix}suppressed.txt"})
    assert settings_of(read).matching.suppressed == set(hashes)


def test_a_suppression_list_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "suppressed.txt"
    read = config(tmp_path, policy={"suppressed": str(path)})
    for content, clue in ((None, "No such file"), (b"\xff", "not UTF-8")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SuppressionsUnusable) as caught:
            settings_of(read)
        assert clue in caught.value.problems[0]


def test_an_address_in_place_of_its_hash_is_reported_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "suppressed.txt"
    path.write_text(f"{suppression('a@b.example')}\ndana@archer.example\n", encoding="utf-8")
    with pytest.raises(SuppressionsUnusable) as caught:
        settings_of(config(tmp_path, policy={"suppressed": str(path)}))
    (problem,) = caught.value.problems
    assert problem.startswith("line 2: not a SHA-256")
    assert "dana" not in problem


# --- problems -------------------------------------------------------------------------------


def test_every_problem_is_reported_at_once_with_its_path(tmp_path: Path) -> None:
    content = {
        "sources": [{"kind": "mysql", "port": "many"}, {"kind": "tape"}, {"path": "x"}],
        "target": {**TARGET, "url": "new.archer.example", "colour": "red"},
        "policy": {"mode": "yolo"},
        "fuses": {"removals": -1},
        "schedule": {"cron": "at noon", "timezone": "Middle/Earth"},
        "sorces": [],
    }
    told = problems(tmp_path, content)
    for clue in (
        r"sources\.0\.database: is required",
        r"sources\.0\.user: is required",
        r"sources\.0\.password: is required",
        r"sources\.0\.port: .*integer",
        r"sources\.1: kind must be one of mysql, backup, whmcs_api, plugin:NAME",
        r"sources\.2: kind is required",
        r"target\.url: must begin with https://",
        r"target\.colour: is not a known key",
        r"policy\.mode: .*'create-only', 'no-removals' or 'sync'",
        r"fuses\.removals: .*greater than or equal to 0",
        r"schedule\.cron: .*",
        r"schedule\.timezone: unknown time zone 'Middle/Earth'",
        r"sorces: is not a known key",
    ):
        assert any(re.fullmatch(clue + ".*", one) for one in told), (clue, told)
    assert len(told) == 13


def test_a_problem_is_reported_with_its_path_however_deep(tmp_path: Path) -> None:
    login = LOGIN | {"port": 0, "tls": {"verify": "perhaps", "colour": "red"}}
    content = {
        "sources": [{"kind": "mysql", **login}],
        "target": {
            **TARGET,
            "timeout": 0,
            "page_size": 0,
            "connections": 99,
            "database": login,
            "companion": "on",
        },
        "policy": {"verify_after": -1, "suppressed": 7, "excluded": "dana@archer.example"},
        "waves": {"per_day": -1, "hours": "8-20", "together": True},
        "names": {"placeholder": ""},
        "accounts": {"match_by_source": {"legacy": "name"}},
    }
    told = {problem.partition(":")[0] for problem in problems(tmp_path, content)}
    way = ("port", "tls.verify", "tls.colour")
    assert told == {
        *(f"sources.0.{key}" for key in way),
        *(f"target.database.{key}" for key in way),
        *("target.timeout", "target.page_size", "target.connections", "target.companion"),
        *("policy.verify_after", "policy.suppressed", "policy.excluded"),
        *("waves.per_day", "waves.hours", "waves.together"),
        *("names.placeholder", "accounts.match_by_source.legacy"),
    }


def test_nothing_at_all_is_reported_too(tmp_path: Path) -> None:
    assert problems(tmp_path, {}) == ["sources: is required", "target: is required"]
    assert "keys and values" in problems(tmp_path, "")[0]
    assert "keys and values" in problems(tmp_path, ["sources"])[0]


def test_sources_and_target_need_names_of_their_own(tmp_path: Path) -> None:
    twins = {"sources": [SOURCE, SOURCE], "target": TARGET}
    assert problems(tmp_path, twins) == ["config: each source and the target need a different name"]
    same = {"sources": [{**SOURCE, "name": "target"}], "target": TARGET}
    assert problems(tmp_path, same) == ["config: each source and the target need a different name"]
    none = {"sources": [], "target": TARGET}
    assert problems(tmp_path, none) == ["config: sources needs at least one entry"]


def test_a_name_that_would_blur_references_is_refused(tmp_path: Path) -> None:
    content = {"sources": [{**SOURCE, "name": "old/brand"}], "target": TARGET}
    assert problems(tmp_path, content)[0].startswith("sources.0.name: ")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.yaml")
    assert caught.value.problems == ["No such file or directory"]


def test_garbage_is_named_by_its_place(tmp_path: Path) -> None:
    told = problems(tmp_path, f"target:\n  secret: '{HUSH}\n")
    assert re.fullmatch(r"not readable as YAML: .*, line 3, column 1", told[0])
    told = problems(tmp_path, f"secret: {HUSH}\x07\n")
    assert told[0].startswith("not readable as YAML: ")
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"sources: m\xfcller\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path)


# --- secrets --------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["identifier", "secret", "access_key"])
def test_a_literal_in_a_secret_field_is_an_error_and_is_not_repeated(
    field: str, tmp_path: Path
) -> None:
    (told,) = target_problems(tmp_path, **{field: HUSH})
    assert told == (
        f"target.{field}: must be a reference: env:NAME, file:/path or credential:NAME, "
        "not the secret itself"
    )


def test_no_other_mistake_repeats_a_secret(tmp_path: Path) -> None:
    assert target_problems(tmp_path, secret=[HUSH])[0].startswith("target.secret: ")
    assert target_problems(tmp_path, secret={HUSH: 1})[0].startswith("target.secret: ")
    url = f"https://api:{HUSH}@new.archer.example"
    assert target_problems(tmp_path, url=url) == [
        "target.url: must not hold a user or a password: reports show the url"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": None},
        {"identifier": None, "secret": None},
        {"username": "admin", "password": "env:PW"},
        {"identifier": None, "secret": None, "username": "admin"},
    ],
)
def test_a_target_needs_exactly_one_way_in(changes: dict[str, str | None], tmp_path: Path) -> None:
    assert target_problems(tmp_path, **changes) == [
        "target: give either identifier and secret, or username and password"
    ]


def test_a_reference_is_resolved_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(f"{HUSH}\n", encoding="utf-8")
    monkeypatch.setenv("API_KEY", HUSH)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for reference in ("env:API_KEY", f"file:{tmp_path / 'key'}", "credential:key"):
        assert resolve_secret(reference, "a.key") == HUSH


def test_a_reference_to_nothing_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("API_KEY", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "noise").write_bytes(b"\xff\xfe")
    for reference, clue in (
        ("env:API_KEY", "API_KEY is not set"),
        ("credential:key", "systemd has passed none"),
        (f"file:{tmp_path}/none", "No such file"),
        (f"file:{tmp_path}", "Is a directory"),
        (f"file:{tmp_path}/empty", "is empty"),
        (f"file:{tmp_path}/noise", "not UTF-8"),
        (HUSH, "must be a reference"),
    ):
        with pytest.raises(ConfigError) as caught:
            resolve_secret(reference, "a.key")
        assert clue in caught.value.problems[0]
        assert HUSH not in str(caught.value)


def test_loading_needs_no_secret_and_opening_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("API_ID", raising=False)
    read = config(tmp_path)
    assert [source.name for source in open_sources(read)] == ["legacy"]
    with pytest.raises(ConfigError, match="API_ID is not set"):
        open_target(read)


# --- what it names --------------------------------------------------------------------------


def test_a_plug_in_that_is_not_installed_is_reported(tmp_path: Path) -> None:
    read = config(tmp_path, sources=[{"kind": "plugin:abacus", "name": "legacy"}])
    with pytest.raises(ConfigError, match=r"no plug-in 'abacus' in syncd\.sources"):
        open_sources(read)


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("a: [", "not readable as YAML"),
        ("name: mine\npermissions: {a: orders, a: quotes}\n", "same key twice"),
        ("[a]", "not a permission map"),
        ("name: x\n", "permissions"),
        ("name: x\npermissions: {a: b}\naliases: {z: c}\n", "aliases: c is not under permissions"),
    ],
)
def test_a_permission_map_that_cannot_be_used_is_reported(
    text: str, clue: str, tmp_path: Path
) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PermissionMapUnusable, match=clue):
        settings_of(config(tmp_path, mapping=str(path)))
    with pytest.raises(PermissionMapUnusable, match="no such permission map"):
        settings_of(config(tmp_path, mapping="whmcs-5"))


def mapped(folder: Path, text: str | bytes) -> tuple[tuple[str, str], ...]:
    path = folder / "accounts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    accounts = {"match": "mapping", "mapping": str(path)}
    return settings_of(config(folder, accounts=accounts)).matching.account_mapping


def test_the_account_mapping_is_read_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    text = "\ufeffnote,source,client_id,target_id\r\nfirst, legacy ,17,4\r\n\r\n,legacy,18,5\r\n"
    assert mapped(tmp_path, text) == (("legacy/17", "4"), ("legacy/18", "5"))


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("source,target_id\nlegacy,4\n", "needs the columns source, client_id and target_id"),
        ("", "needs the columns"),
        ("source,client_id,target_id\n\nlegacy,17\n", "line 3: .*target_id is empty"),
        ("source,client_id,target_id\nlegacy,17,4\nlegacy,17,5\n", "line 3: .*legacy/17 .*line 2"),
        ("source,client_id,target_id\nlegacy,17,4\nlegacy,18,4\n", "the target 4 .*line 2"),
        (b"source,client_id,target_id\nm\xfcller,17,4\n", "UTF-8"),
    ],
)
def test_an_account_mapping_that_is_not_clear_is_reported(
    text: str | bytes, clue: str, tmp_path: Path
) -> None:
    with pytest.raises(AccountMappingUnusable, match=clue):
        mapped(tmp_path, text)


def test_an_account_mapping_that_is_not_there_is_reported(tmp_path: Path) -> None:
    accounts = {"match": "mapping", "mapping": str(tmp_path / "none.csv")}
    with pytest.raises(AccountMappingUnusable, match="No such file"):
        settings_of(config(tmp_path, accounts=accounts))


# --- the API of an old WHMCS ----------------------------------------------------------------

OLD = {"kind": "whmcs_api", "url": "https://old.archer.example"}


def test_the_api_of_an_old_whmcs_is_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_ID", "us")
    monkeypatch.setenv("OLD_SECRET", HUSH)
    read = config(
        tmp_path, sources=[OLD | {"identifier": "env:OLD_ID", "secret": "env:OLD_SECRET"}]
    )

    (source,) = open_sources(read)

    assert source.name == "legacy"
    assert source.provenance().origin == "https://old.archer.example"
    assert HUSH not in repr(vars(source))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, "give either identifier and secret, or username and password"),
        ({"url": "old.archer.example"}, "url: must begin with https://"),
        (
            {"url": f"https://us:{HUSH}@old.archer.example"},
            "url: must not hold a user or a password",
        ),
        ({"identifier": "env:A", "secret": HUSH}, "secret: must be a reference"),
        ({"identifier": "env:A", "secret": "env:B", "page_size": 1}, "page_size: "),
        (
            {"identifier": "env:A", "secret": "env:B", "url": "http://old.archer.example/"},
            "url: the credential would cross the network readable",
        ),
        ({"identifier": "env:A", "secret": "env:B", "allow_migrated": True}, "not a known key"),
    ],
)
def test_what_is_wrong_with_such_a_source_is_reported(
    changes: dict[str, object], problem: str, tmp_path: Path
) -> None:
    told = problems(tmp_path, {"sources": [OLD | changes], "target": TARGET})

    assert any(problem in one for one in told), told


def test_accounts_are_not_made_of_clients_without_details(tmp_path: Path) -> None:
    bare = OLD | {"username": "ann", "password": "env:A", "details": False}
    made = {"sources": [SOURCE | {"name": "brandb"}, bare], "target": TARGET}

    assert config(tmp_path, **made).sources[1].name == "legacy"
    (told,) = problems(tmp_path, made | {"accounts": {"create_missing": True}})
    assert "needs details: true for the source legacy" in told


@pytest.mark.parametrize(
    ("reason", "whom"),
    [("invite_unconfirmed", "somebody twice"), ("invite_gone", "whose invitation was cancelled")],
)
def test_an_invitation_in_doubt_or_gone_is_never_repeated_by_the_config(
    tmp_path: Path, reason: str, whom: str
) -> None:
    content = {"sources": [SOURCE], "target": TARGET}
    told = problems(tmp_path, content | {"policy": {"apply_reasons": [reason]}})
    assert told == [
        f"policy.apply_reasons: {reason} may mail {whom}: only a decision may apply it, one by one"
    ]


# --- a look at a backup -----------------------------------------------------------------------


def test_without_source_and_target_it_is_for_a_look_at_a_backup(tmp_path: Path) -> None:
    path = written(tmp_path, {"accounts": {"create_missing": True}})

    look = load_for_backup(path)

    assert look.accounts.create_missing
    assert not isinstance(look, Config)
    with pytest.raises(ConfigError):
        load(path)


@pytest.mark.parametrize("part", [{"sources": [SOURCE]}, {"target": TARGET}])
def test_half_a_config_is_no_look(tmp_path: Path, part: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_for_backup(written(tmp_path, part))

    assert [problem for problem in caught.value.problems if problem.endswith("is required")]


def test_a_whole_config_is_one_for_a_backup_too(tmp_path: Path) -> None:
    path = written(tmp_path, {"sources": [SOURCE], "target": TARGET})

    assert load_for_backup(path) == load(path)


def test_a_key_of_no_use_for_a_look_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_for_backup(written(tmp_path, {"state_dir": "/var/lib/syncd"}))


@pytest.mark.parametrize("wrong", ["soon", "01.03.2027", "2027-02-30", ""])
def test_a_date_of_the_cutover_is_one(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, policy={"cutover_date": wrong})

    assert caught.value.problems[0].startswith("policy.cutover_date: ")


def test_the_date_of_the_cutover_is_iso(tmp_path: Path) -> None:
    assert config(tmp_path, policy={"cutover_date": "2027-03-01"}).policy.cutover_date == date(
        2027, 3, 1
    )


LOGIN = {"database": "whmcs", "user": "reader", "password": "env:READER_PASSWORD"}


def test_the_target_is_read_by_its_api_unless_the_config_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("IDENTIFIER", "SECRET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("READER_PASSWORD", raising=False)
    keys = {"url": "https://new.example/", "identifier": "env:IDENTIFIER", "secret": "env:SECRET"}

    by_api = config(tmp_path, sources=[SOURCE], target=keys | {"database": LOGIN})
    assert isinstance(open_target(by_api).reader(), WhmcsReader)  # needs no password to a database
    both = keys | {"observe": "database", "database": LOGIN}
    by_database = config(tmp_path, sources=[SOURCE], target=both)
    with pytest.raises(ConfigError, match="READER_PASSWORD is not set"):
        open_target(by_database)
    monkeypatch.setenv("READER_PASSWORD", "quiet-7")
    reader = open_target(by_database).reader()
    assert isinstance(reader, DatabaseReader)
    assert reader.shows_invites
    assert "quiet-7" not in repr(reader._connection)

    (told,) = problems(tmp_path, {"sources": [SOURCE], "target": keys | {"observe": "database"}})
    assert told == "target: observe: database needs the section database"
    literal = both | {"database": LOGIN | {"password": "quiet-7"}}
    told = " ".join(problems(tmp_path, {"sources": [SOURCE], "target": literal}))
    assert "must be a reference" in told
    assert "quiet-7" not in told


# --- lists of people to keep out or away ----------------------------------------------------


@pytest.mark.parametrize(("entry", "known"), [
    (" legacy/17 ", "legacy/17"), ("\u200bBob@Staff.Example\u00a0", "bob@staff.example"),
    ("bob@b\u00fccher.example", "bob@xn--bcher-kva.example"),
])  # fmt: skip
@pytest.mark.parametrize("key", ["protected", "excluded"])
def test_an_entry_is_normalised_like_every_address(
    tmp_path: Path, key: str, entry: str, known: str
) -> None:
    policy = config(tmp_path, policy={key: [entry]}).policy
    assert getattr(policy, key) == {known}


@pytest.mark.parametrize(("entry", "instead"), [
    ("account:legacy/17", "legacy/17"), ("legacy/017", "legacy/17"), ("Legacy/17", "legacy/17"),
    ("other/17", "legacy/17"), ("bob@staff.example.", "bob@staff.example"),
    ("user:bob@staff.example", "bob@staff.example"), ("<bob@staff.example>", "bob@staff.example"),
    ("membership:legacy/17:bob@staff.example", "an address, like"), ("bob", "an address, like"),
    ("17", "an address, like"), ("staff.example", "an address, like"), ("", "an address, like"),
    ("*@staff.example", "an address, like"), ("ab" * 32, "an address, like"),
])  # fmt: skip
@pytest.mark.parametrize("key", ["protected", "excluded"])
def test_an_entry_that_can_match_nothing_is_refused_with_what_to_write(
    tmp_path: Path, key: str, entry: str, instead: str
) -> None:
    content = {"sources": [SOURCE], "target": TARGET, "policy": {key: [entry]}}
    (told,) = problems(tmp_path, content)
    assert f"policy.{key}" in told
    assert f"can match nothing: write {instead}" in told


def test_a_list_of_one_is_written_as_a_list(tmp_path: Path) -> None:
    content = {"sources": [SOURCE], "target": TARGET, "policy": {"protected": "bob@staff.example"}}
    (told,) = problems(tmp_path, content)
    assert "a list is wanted here: write [bob@staff.example]" in told


def test_an_account_of_a_backup_is_of_the_source_legacy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write legacy/17"):
        load_for_backup(written(tmp_path, {"policy": {"excluded": ["other/17"]}}))


@pytest.mark.parametrize(("section", "key", "entry", "instead"), [
    ("staff", "domains", "staff.example.", "staff.example"),
    ("staff", "domains", "bob@staff.example", "staff.example"),
    ("staff", "domains", "*.staff.example", "staff.example"),
    ("staff", "domains", "*.net", "a domain, like"),
    ("staff", "addresses", "mailto:bob@staff.example", "bob@staff.example"),
    ("staff", "addresses", "bob@staff.example.", "bob@staff.example"),
    ("staff", "addresses", "bob", "an address, like"),
    ("people", "role_mailboxes", "desk@shop.example", "desk"),
    ("people", "reserved_domains", ".example", "example"),
])  # fmt: skip
def test_other_lists_are_judged_as_well(
    tmp_path: Path, section: str, key: str, entry: str, instead: str
) -> None:
    content = {"sources": [SOURCE], "target": TARGET, section: {key: [entry]}}
    (told,) = problems(tmp_path, content)
    assert told.startswith(f"{section}.{key}")
    assert f"can match nothing: write {instead}" in told


@pytest.mark.parametrize(
    "way",
    [
        {"url": "http://127.0.0.2:8080/"},
        {"url": "http://[::1]:8080/"},
        {"url": "http://localhost/"},
        {"url": "http://billing.archer.example/", "plain_http": True},
        {"url": "https://billing.archer.example/"},
    ],
    ids=lambda way: way["url"],
)
def test_a_credential_crosses_no_network_readable_unless_that_is_allowed(
    way: dict[str, object], tmp_path: Path
) -> None:
    connection = config(tmp_path, sources=[SOURCE], target=TARGET | way).target
    assert connection.url == way["url"]
