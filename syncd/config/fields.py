"""The kinds of values a configuration holds: paths, references to secrets, names, addresses."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from syncd.config.secrets import REFERENCE
from syncd.model.approval import public_key
from syncd.model.identity import normalise
from syncd.model.text import trim


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path from the folder of the configuration file."""
    return Path((info.context or {}).get("folder", "")) / path


def is_reference(value: str, info: ValidationInfo) -> str:
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


def is_url(value: str) -> str:
    """Take the URL of a page; raises without the value, which may hold a secret."""
    if not value.startswith(("https://", "http://")):
        msg = "must begin with https:// or http://"
        raise ValueError(msg)
    parts = split_url(value)
    if parts is None or not parts.hostname:
        msg = "must be like https://host/path"
        raise ValueError(msg)
    if parts.username is not None:
        msg = "must not hold a user or a password: reports show the url"
        raise ValueError(msg)
    return value


def split_url(value: str) -> SplitResult | None:
    """Split a URL; None where it is none, of which urlsplit says more than may be repeated."""
    try:
        parts = urlsplit(value)
        is_possible = parts.port != 0
    except ValueError:
        return None
    return parts if is_possible else None


def _bare_url(value: str) -> str:
    if "?" in is_url(value) or "#" in value:
        msg = "must end with its path, without ? and #: reports show the url"
        raise ValueError(msg)
    return value


def _host(value: str) -> str:
    """Take the name or address of a host; not what a URL has besides, which may be a secret."""
    if not re.fullmatch(r"[^\s/@:?#]+", value) and not _is_ip_address(value):
        msg = "must be the name or the address of a host alone"
        raise ValueError(msg)
    return value


def _is_ip_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


Url = Annotated[str, AfterValidator(is_url)]
BareUrl = Annotated[str, AfterValidator(_bare_url)]
Host = Annotated[str, AfterValidator(_host)]
File = Annotated[Path, AfterValidator(_beside_config)]
Secret = Annotated[str, AfterValidator(is_reference)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


# What a list can hold that an identity can be. An entry beyond it would match nothing for ever, and
# whoever it meant would be treated like anybody else.
_LOCAL, _LABEL = r"[^@\s<>,;:()*]+", r"[^@\s<>,;()*.:/]+"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN.pattern}")
_ACCOUNT = re.compile(r"([^\s/:@]+)/([0-9]+)")
_KEY = re.compile(r"(?:account|user|contact|membership):")


def _domain(name: str) -> str:
    """Give a domain as identities have it: lower case, in A-labels."""
    domain = normalise(f"@{trim(name)}").removeprefix("@")
    whole = domain.rpartition("@")[2].strip("*.")
    # A star before a country or a kind of domain meant something smaller.
    instead = "" if "*" in domain and "." not in whole else whole
    return _possible(_DOMAIN, domain, instead, "a domain", "acme.com")


def is_address(name: str) -> str:
    """Give an address as it is written; raises where it can be none."""
    _address(name)
    return name


def _address(name: str) -> str:
    address = normalise(name)
    bare = address.removeprefix("mailto:").strip("<>.")
    return _possible(_ADDRESS, address, bare, "an address", "jane@acme.com")


def _local_part(name: str) -> str:
    local = normalise(name)
    before = local.partition("@")[0]
    return _possible(re.compile(_LOCAL), local, before, "what stands before the @", "billing")


def _possible(form: re.Pattern[str], entry: str, instead: str, kind: str, example: str) -> str:
    """Give an entry of that form; raises with what to write in place of another."""
    if form.fullmatch(entry):
        return entry
    better = instead if form.fullmatch(instead) else f"{kind}, like {example}"
    msg = f"{entry!r} can match nothing: write {better}"
    raise ValueError(msg)


def _subject(name: str) -> str:
    """Give an address normalised, and the reference of an account without blanks and zeros."""
    entry = trim(name)
    bare = _KEY.sub("", entry)
    account = _ACCOUNT.fullmatch(bare)
    if bare == entry and "@" in entry:
        return _address(entry)
    if account is None:
        better = bare if _ADDRESS.fullmatch(bare) else _SUBJECTS
    else:
        better = f"{account[1]}/{int(account[2])}"
    if better == entry:
        return entry
    msg = f"{entry!r} can match nothing: write {better}"
    raise ValueError(msg)


_SUBJECTS = "an address, like jane@acme.com, or an account, like legacy/17"


def _listed(value: object) -> object:
    if isinstance(value, str):
        msg = f"a list is wanted here: write [{value}]"
        raise ValueError(msg)  # noqa: TRY004, pydantic words no other
    return value


Domains = Annotated[frozenset[Annotated[str, AfterValidator(_domain)]], BeforeValidator(_listed)]
Addresses = Annotated[frozenset[Annotated[str, AfterValidator(_address)]], BeforeValidator(_listed)]
Subjects = Annotated[frozenset[Annotated[str, AfterValidator(_subject)]], BeforeValidator(_listed)]
Subject = Annotated[str, AfterValidator(_subject)]
LocalParts = Annotated[
    frozenset[Annotated[str, AfterValidator(_local_part)]], BeforeValidator(_listed)
]


def _public_key(line: str) -> str:
    return str(public_key(line))  # without its remark: who has the same key is seen


ApproverName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
PublicKeyLine = Annotated[str, AfterValidator(_public_key)]
MapName = Annotated[str, AfterValidator(_mapping_name)]
ListFile = Annotated[File, BeforeValidator(_bare_path)]
