"""The sections of the configuration that say where sources and target are and how to reach them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from syncd.config.fields import File, Name, Secret
from syncd.config.section import Section


class Tls(Section):
    """TLS to the database; with `verify` the server's certificate must match its name.

    Without this section TLS is used where the server offers it; `disabled` is for servers whose
    TLS is too old to speak with.
    """

    ca: File | None = None
    cert: File | None = None
    key: File | None = None
    verify: bool = True
    disabled: bool = False


class DatabaseSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=3306, ge=1, le=65535)
    unix_socket: File | None = None
    database: str
    user: str
    password: Secret
    tls: Tls | None = None


class MySqlSettings(DatabaseSettings):
    kind: Literal["mysql"]
    name: Name = "legacy"
    allow_migrated: bool = False


class BackupSettings(Section):
    kind: Literal["backup"]
    name: Name = "legacy"
    path: File
    allow_migrated: bool = False


class PluginSettings(Section):
    """A source or target that another package registers as an entry point."""

    kind: Annotated[str, Field(pattern=r"^plugin:.+")]
    name: Name
    options: Mapping[str, Any] = {}


class _ApiSettings(Section):
    """A WHMCS by its API. Either `identifier` and `secret`, or `username` and `password`."""

    url: str
    identifier: Secret | None = None
    secret: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    access_key: Secret | None = None
    credential_fields: Literal["identifier", "username"] = "identifier"
    ca: File | None = None
    proxy: str | None = None
    timeout: float = Field(default=30, gt=0)
    page_size: int = Field(default=250, ge=1)

    @field_validator("url", "proxy")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            msg = "must begin with https:// (or http:// on a trusted network)"
            raise ValueError(msg)
        if urlsplit(value).password:
            msg = "must not hold a password: reports show the url"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        api = bool(self.identifier and self.secret)
        admin = bool(self.username and self.password)
        if api == admin:
            msg = "give either identifier and secret, or username and password"
            raise ValueError(msg)
        return self


class WhmcsSettings(_ApiSettings):
    """A WHMCS 8 or later, the target."""

    kind: Literal["whmcs"] = "whmcs"
    name: Name = "target"
    connections: int = Field(default=4, ge=1, le=32)
    max_calls_per_second: float = Field(default=20, gt=0)
    observe: Literal["api", "database"] = "api"
    database: DatabaseSettings | None = None

    @model_validator(mode="after")
    def _can_observe(self) -> Self:
        if self.observe == "database" and self.database is None:
            msg = "observe: database needs the section database"
            raise ValueError(msg)
        return self


class WhmcsApiSettings(_ApiSettings):
    """A WHMCS up to 7.10, a source."""

    kind: Literal["whmcs_api"]
    name: Name = "legacy"
    page_size: int = Field(default=250, ge=2)  # a page begins with the last row of the one before
    details: bool = True


def _kind(settings: Any) -> str | None:
    """Say which settings a mapping means: each is then judged by its own model alone."""
    given = settings if isinstance(settings, dict) else {"kind": getattr(settings, "kind", None)}
    kind = given.get("kind")
    return "plugin" if isinstance(kind, str) and kind.startswith("plugin:") else kind


def _target_kind(settings: Any) -> str:
    return _kind(settings) or "whmcs"


SourceSettings = Annotated[
    Annotated[MySqlSettings, Tag("mysql")]
    | Annotated[BackupSettings, Tag("backup")]
    | Annotated[WhmcsApiSettings, Tag("whmcs_api")]
    | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_kind),
]
TargetSettings = Annotated[
    Annotated[WhmcsSettings, Tag("whmcs")] | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_target_kind),
]
