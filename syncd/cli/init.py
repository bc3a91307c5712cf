"""`syncd init`: asks what it was not told, and writes the configuration."""

import grp
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from msgspec import ValidationError, convert
from msgspec.structs import fields

from syncd.cli.drafts import CREDENTIALS, OwnAnswers, drafted, grants, source_role, target_role
from syncd.cli.printed import out
from syncd.config.config import judged
from syncd.errors import OptionUnusable, StoreError
from syncd.model.connection import leaves_this_machine

_MODE = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP
_GROUP = "syncd"
_KINDS = "mysql, backup or whmcs_api"
# What is asked, by option; those of a source only for its kind.
_OF_SOURCE = {
    "mysql": {
        "host": "Host of its database",
        "database": "Name of its database",
        "user": "User that may only read it",
    },
    "backup": {"backup": "Path of the backup"},
    "whmcs_api": {"legacy_url": "URL of the legacy WHMCS"},
}
_ASKED = {
    "url": "URL of the new WHMCS",
    "mode": "What may be done (create-only, no-removals, sync)",
    "cutover": "What was promised (invite, silent, reinvite-by-owner)",
    "create_missing": "Create accounts that the new WHMCS lacks (yes, no)",
}
_NEEDED = {"source", "url", "backup", "legacy_url"}
_USUAL = {each.name: each.default for each in fields(OwnAnswers)}


def write_config(
    config: Path, answers: dict[str, Any], address: str | None, *, replace: bool
) -> None:
    """Write it for these answers, and ask for those that are None where somebody can be asked."""
    if config.exists() and not replace:
        raise OptionUnusable("--config", [f"{config} is there already: --replace writes over it"])
    whole = _answers(answers)
    text = drafted(whole)
    judged(text, config)
    seen_as = address or _own_address(whole)
    _write(config, text)
    for line in _next_steps(config, whole, seen_as):
        out.print(line, markup=False)


def _answers(known: dict[str, Any]) -> OwnAnswers:
    source = _answer(known, "source", f"Where the sub-accounts are ({_KINDS})")
    asked = _OF_SOURCE.get(source, {}) | _ASKED
    values = {name: _answer(known, name, words) for name, words in asked.items()}
    rest = {name: known[name] for name in ("state_dir", "secrets") if known.get(name) is not None}
    try:
        return convert({"source": source} | values | rest, OwnAnswers, strict=False)
    except ValidationError as error:
        raise OptionUnusable("of syncd init", [str(error)]) from error


def _answer(known: dict[str, Any], name: str, words: str) -> Any:
    if known.get(name) is not None:
        return known[name]
    usual = None if name in _NEEDED else _USUAL[name]
    if not sys.stdin.isatty():
        if usual is None:
            option = f"--{name.replace('_', '-')}"
            raise OptionUnusable(option, ["is needed where nobody can be asked"])
        return usual
    if isinstance(usual, bool):
        return typer.confirm(words.partition(" (")[0], default=usual)
    return typer.prompt(words, default=usual)


def _own_address(answers: OwnAnswers) -> str:
    if answers.source != "mysql" or not leaves_this_machine(answers.host):
        return "localhost"
    if sys.stdin.isatty():
        return str(typer.prompt("This machine, as the legacy database sees it"))
    return "ADDRESS-OF-THIS-MACHINE"


def _write(path: Path, text: str) -> None:
    """Write it whole or not at all; the service, which is of its group, may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as file:  # noqa: PTH123
            file.write(text)
            os.fchmod(file.fileno(), _MODE)
            with suppress(KeyError, PermissionError):
                os.fchown(file.fileno(), -1, grp.getgrnam(_GROUP).gr_gid)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(path, error.strerror or str(error)) from error


def _next_steps(config: Path, answers: OwnAnswers, address: str) -> Iterator[str]:
    yield f"Wrote {config} (mode 0640). What is left to do:"
    yield ""
    number = 1
    if answers.source == "mysql":
        yield f"{number}. In the legacy database, a user that may only read:"
        yield ""
        yield from (f"   {line}" for line in grants(answers, address))
        yield ""
        number += 1
    if roles := source_role(answers):
        yield f"{number}. In the legacy WHMCS, an API role with these actions and no other:"
        yield f"   {', '.join(roles)}"
        yield ""
        number += 1
    role = "a credential whose API role has these actions and no other"
    yield f"{number}. In the new WHMCS, {role}:"
    yield f"   {', '.join(target_role(answers))}"
    yield "   Those that begin with Syncd are there only with the companion (docs/companion.md)."
    yield ""
    yield f"{number + 1}. The secrets, each in a file of its own below {CREDENTIALS}:"
    yield ""
    yield from (f"   {line}" for line in _secrets(answers))
    yield ""
    prefix = "" if answers.secrets == "file" else f"CREDENTIALS_DIRECTORY={CREDENTIALS} "
    yield f"{number + 2}. {prefix}syncd check -c {config}"


def _secrets(answers: OwnAnswers) -> Iterator[str]:
    yield f"install -d -m 700 {CREDENTIALS}"
    yield f"for name in {' '.join(answers.secret_names)}; do"
    asked = f'read -rsp "$name: " secret && printf %s "$secret" > {CREDENTIALS}/$name'
    yield f"  (umask 077; {asked})"
    yield "done"
    if answers.secrets == "file":
        yield f"chown -R {_GROUP} {CREDENTIALS}"
    elif answers.source != "mysql":  # whose secrets the unit lists
        yield "systemctl edit syncd    # with these lines, since the unit lists other secrets:"
        yield "  [Service]"
        yield "  LoadCredential="
        for name in answers.secret_names:
            yield f"  LoadCredential={name}:{CREDENTIALS}/{name}"
