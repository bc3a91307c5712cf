"""The sections of the configuration that say where sources and target are and how to reach them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from syncd.config.fields import BareUrl, File, Host, Name, Secret
from syncd.config.section import Keys, Section
from syncd.model.connection import (
    SECRETS,
    ApiConnection,
    DatabaseConnection,
    TargetConnection,
    Tls,
)

# How the keys of a connection are read that the file has in another form.
_FILE, _SECRET = File | None, Secret | None
_DATABASE: dict[str, Any] = {
    "host": Host,
    "unix_socket": _FILE,
    "password": Secret,
    "tls": Annotated[Tls, Keys(ca=_FILE, cert=_FILE, key=_FILE)] | None,
}
_API: dict[str, Any] = {"url": BareUrl, "proxy": BareUrl | None, "ca": _FILE} | dict.fromkeys(
    SECRETS, _SECRET
)
# Of every source that reads tables: whether it may read what an upgrade to 8 has left of them.
_ALLOW_MIGRATED = False


class MySqlSettings(DatabaseConnection, frozen=True, kw_only=True):
    kind: Literal["mysql"]
    name: Name = "legacy"
    allow_migrated: bool = _ALLOW_MIGRATED


class BackupSettings(Section):
    kind: Literal["backup"]
    name: Name = "legacy"
    path: File
    allow_migrated: bool = _ALLOW_MIGRATED


class PluginSettings(Section):
    """A source or target that another package registers as an entry point."""

    kind: Annotated[str, Field(pattern=r"^plugin:.+")]
    name: Name
    options: Mapping[str, Any] = {}


class WhmcsSettings(TargetConnection, frozen=True, kw_only=True):
    """A WHMCS 8 or later, the target."""

    kind: Literal["whmcs"] = "whmcs"
    name: Name = "target"
    observe: Literal["api", "database"] = "api"
    database: DatabaseConnection | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.observe == "database" and self.database is None:
            msg = "observe: database needs the section database"
            raise ValueError(msg)


class WhmcsApiSettings(ApiConnection, frozen=True, kw_only=True):
    """A WHMCS up to 7.10, a source."""

    kind: Literal["whmcs_api"]
    name: Name = "legacy"
    details: bool = True


def _kind(settings: Any) -> str | None:
    """Say which settings a mapping means: each is then judged by its own model alone."""
    values = settings if isinstance(settings, dict) else {"kind": getattr(settings, "kind", None)}
    kind = values.get("kind")
    return "plugin" if isinstance(kind, str) and kind.startswith("plugin:") else kind


def _target_kind(settings: Any) -> str:
    return _kind(settings) or "whmcs"


_MySqlKeys = Annotated[MySqlSettings, Keys(**_DATABASE)]
# A page begins with the last row of the one before.
_WhmcsApiKeys = Annotated[WhmcsApiSettings, Keys(**_API, page_size=Annotated[int, Field(ge=2)])]
_WhmcsKeys = Annotated[
    WhmcsSettings,
    Keys(**_API, database=Annotated[DatabaseConnection, Keys(**_DATABASE)] | None),
]
SourceSettings = Annotated[
    Annotated[_MySqlKeys, Tag("mysql")]
    | Annotated[BackupSettings, Tag("backup")]
    | Annotated[_WhmcsApiKeys, Tag("whmcs_api")]
    | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_kind),
]
TargetSettings = Annotated[
    Annotated[_WhmcsKeys, Tag("whmcs")] | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_target_kind),
]
