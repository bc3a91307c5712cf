"""A config.yaml for one's own answers: config.example.yaml with the answers in their places.

And what goes with it: the rights that a database and a target must give, and no more.
"""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Literal

import msgspec
import yaml

from syncd.model.policy import Cutover, Mode
from syncd.sources.whmcs_api import ACTIONS

SourceKind = Literal["mysql", "backup", "whmcs_api"]
SecretPlace = Literal["credential", "file"]
CREDENTIALS = "/etc/syncd/credentials"


class OwnAnswers(msgspec.Struct, frozen=True):
    """`backup` and `legacy_url` are of the kinds of source that have them."""

    source: SourceKind
    url: str
    host: str = "127.0.0.1"
    database: str = "whmcs"
    user: str = "syncd"
    backup: str = ""
    legacy_url: str = ""
    mode: Mode = "no-removals"
    cutover: Cutover = "invite"
    create_missing: bool = False
    state_dir: str = "/var/lib/syncd"
    secrets: SecretPlace = "credential"

    @property
    def secret_names(self) -> tuple[str, ...]:
        return (*_SECRETS[self.source], "whmcs-identifier", "whmcs-secret")


_SECRETS: dict[SourceKind, tuple[str, ...]] = {
    "mysql": ("legacy-password",),
    "backup": (),
    "whmcs_api": ("legacy-identifier", "legacy-secret"),
}
# The keys of a source, in the example, that are written without a # for each kind.
_USED: dict[SourceKind, tuple[str, ...]] = {
    "mysql": (),
    "backup": ("kind", "name", "path", "allow_migrated"),
    "whmcs_api": ("kind", "name", "url", "identifier", "secret", "details"),
}


def drafted(answers: OwnAnswers) -> str:
    """Give the text of the configuration."""
    head, sources, *rest = _sections(example())
    text = _with(_source(sources, answers.source), _of_source(answers))
    text += _with("".join(rest), _elsewhere(answers))
    if answers.secrets == "file":
        text = re.sub(r"(?m)^([^#\n]*) credential:([\w-]+)$", rf"\1 file:{CREDENTIALS}/\2", text)
    return f"{_OPENING}{head.partition('#' + chr(10))[2]}{text}"


_OPENING = "# The configuration of syncd, as `syncd init` wrote it. Edit it as you like.\n#\n"


def example() -> str:
    return (resources.files("syncd") / "config.example.yaml").read_text(encoding="utf-8")


def _sections(text: str) -> list[str]:
    return re.split(r"(?m)^(?=# --- )", text)


def _source(section: str, kind: SourceKind) -> str:
    """Keep of the sources the one of this kind, as an entry in use."""
    blocks = section.split("\n\n")
    opening, _, first = next(block for block in blocks if "sources:\n" in block).partition(
        "sources:\n"
    )
    entries = [first, *blocks[blocks.index(f"{opening}sources:\n{first}") + 1 :]]
    entry = next(each for each in entries if re.search(rf"(?m)^ *#?- kind: {kind}$", each))
    for key in _USED[kind]:
        entry = re.sub(rf"(?m)^( *)#((?:- )?{key}:)", r"\1\2", entry, count=1)
    before = "\n\n".join(blocks[: blocks.index(f"{opening}sources:\n{first}")])
    return f"{before}\n\n{opening}sources:\n{entry.rstrip()}\n\n"


def _of_source(answers: OwnAnswers) -> Mapping[str, object]:
    match answers.source:
        case "mysql":
            return {"host": answers.host, "database": answers.database, "user": answers.user}
        case "backup":
            return {"path": answers.backup}
        case "whmcs_api":
            return {"url": answers.legacy_url}


def _elsewhere(answers: OwnAnswers) -> Mapping[str, object]:
    return {
        "url": answers.url,
        "state_dir": answers.state_dir,
        "create_missing": answers.create_missing,
        "mode": answers.mode,
        "cutover": answers.cutover,
    }


def _with(section: str, values: Mapping[str, object]) -> str:
    """Put values in the places of those that the example has."""
    for key, value in values.items():
        shown = yaml.safe_dump(value, width=1_000).removesuffix("...\n").strip()
        line = re.search(rf"(?m)^ *{key}: (.*)$", section)
        if line is None:
            raise KeyError(key)
        section = f"{section[: line.start(1)]}{shown}{section[line.end(1) :]}"
    return section


# --- the rights that go with it -----------------------------------------------------------------

# Of a legacy database, as docs/install.md says why.
_TABLES = (
    ("", "tblclients"),
    ("", "tblcontacts"),
    ("(setting, value) ", "tblconfiguration"),
    ("(id, email) ", "tbladmins"),
    ("(id, code) ", "tblcurrencies"),
    ("(id, groupname) ", "tblclientgroups"),
    ("(id, contactid) ", "tblorders"),
    ("(id, contactid) ", "tbltickets"),
    ("(id, contactid) ", "tblticketreplies"),
    ("(id, contact_id, contact_type) ", "tblpaymethods"),
    ("(id, contact_id) ", "tblauthn_account_links"),
)
_READING = (
    *("WhmcsDetails", "GetPermissionsList", "GetClients", "GetUsers", "GetUserPermissions"),
    *("GetContacts", "GetClientsDetails"),
)
_WRITING = ("AddContact", "UpdateContact", "CreateClientInvite", "UpdateUserPermissions")
_FOR_ACCOUNTS = ("GetCurrencies", "GetClientGroups", "AddClient")


def grants(answers: OwnAnswers, address: str) -> Iterator[str]:
    """Yield the SQL that lets syncd read a legacy database from an address, and nothing else."""
    whom = f"'{_quoted(answers.user)}'@'{_quoted(address)}'"
    encrypted = "" if address in {"localhost", "127.0.0.1"} else " REQUIRE SSL"
    yield f"CREATE USER {whom} IDENTIFIED BY '...'{encrypted};"
    schema = answers.database.replace("`", "``")
    for columns, table in _TABLES:
        yield f"GRANT SELECT {columns}ON `{schema}`.{table} TO {whom};"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")


def target_role(answers: OwnAnswers) -> tuple[str, ...]:
    """Give the actions that the API role of the target needs for these answers."""
    accounts = _FOR_ACCOUNTS if answers.create_missing else ()
    removing = ("DeleteUserClient",) if answers.mode == "sync" else ()
    companion = (
        *("SyncdCapabilities", "SyncdObserve"),
        *(("SyncdAttach",) if answers.cutover == "silent" else ()),
        *(("SyncdWithdrawInvite",) if answers.mode == "sync" else ()),
    )
    return (*_READING, *accounts, *_WRITING, *removing, *companion)


def source_role(answers: OwnAnswers) -> tuple[str, ...]:
    return ACTIONS if answers.source == "whmcs_api" else ()
