"""The kinds of values a configuration holds: paths, references to secrets, names, addresses."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from syncd.config.secrets import REFERENCE
from syncd.model.identity import normalise


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path from the folder of the configuration file."""
    return Path((info.context or {}).get("folder", "")) / path


def _is_reference(value: str, info: ValidationInfo) -> str:
    match = REFERENCE.fullmatch(value)
    if match is None:
        # The value itself must not be repeated: it may be the secret.
        msg = "must be a reference: env:NAME, file:/path or credential:NAME, not the secret itself"
        raise ValueError(msg)
    kind, name = match.groups()
    return f"file:{_beside_config(Path(name), info)}" if kind == "file" else value


def _mapping_name(name: str, info: ValidationInfo) -> str:
    """Leave the name of a bundled map alone; anything else is a path."""
    is_path = "/" in name or name.endswith((".yaml", ".yml"))
    return str(_beside_config(Path(name), info)) if is_path else name


def _bare_path(value: Any) -> Any:
    """Take `file:PATH` for the path, as it stands where a secret is referred to."""
    return value.removeprefix("file:") if isinstance(value, str) else value


def _is_url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        msg = "must begin with https:// (or http:// on a trusted network)"
        raise ValueError(msg)
    if urlsplit(value).password:
        msg = "must not hold a password: reports show the url"
        raise ValueError(msg)
    return value


Url = Annotated[str, AfterValidator(_is_url)]
File = Annotated[Path, AfterValidator(_beside_config)]
Secret = Annotated[str, AfterValidator(_is_reference)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


def _domain(name: str) -> str:
    """Give a domain as identities have it: lower case, in A-labels."""
    return normalise(f"@{name}").removeprefix("@")


Domain = Annotated[str, Field(pattern=r"^[^@\s.*][^@\s*]*$"), AfterValidator(_domain)]
Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(normalise)]


def _subject(name: str) -> str:
    """Give an address normalised, and the reference of an account as it is."""
    return normalise(name) if "@" in name else name


Subjects = frozenset[Annotated[str, AfterValidator(_subject)]]
LocalPart = Annotated[str, AfterValidator(normalise)]
MapName = Annotated[str, AfterValidator(_mapping_name)]
ListFile = Annotated[File, BeforeValidator(_bare_path)]
