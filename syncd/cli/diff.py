"""`syncd diff`: whose access differs between two plans."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from syncd.cli.printed import out
from syncd.model.text import visible
from syncd.report import compare


def show_difference(old: Path, new: Path, *, as_json: bool = False) -> None:
    if as_json:
        sys.stdout.writelines(piece.decode() for piece in _pieces(old, new))
        return
    for line in compare.lines(old, new):
        out.print(visible(line), markup=False)


def _pieces(old: Path, new: Path) -> Iterator[bytes]:
    """Yield the document piece by piece: two plans may differ in every login."""
    separator = b'{"version":1,"logins":[\n'
    for difference in compare.differences(old, new):
        login = difference.login
        fields = {
            "account": login.account,
            "email": login.email,
            "kind": difference.kind,
            "gained": difference.gained,
            "lost": difference.lost,
            "before": difference.before and difference.before.state,
            "after": difference.after and difference.after.state,
            "why": login.why,
        }
        yield separator + msgspec.json.encode(fields)
        separator = b",\n"
    yield b"\n]}\n" if separator == b",\n" else separator + b"]}\n"
