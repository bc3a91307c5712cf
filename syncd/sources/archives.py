"""Says which file of an archive is the dump of the database: of a zip, or a tar of a panel."""

from collections.abc import Iterable
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

import regex as re

from syncd.sources.kinds import NoDump
from syncd.sources.tars import Member

_NAMED = 5  # files that a refusal names


class Looked(NamedTuple):
    """What was seen of a file that may be the dump."""

    tables: bool = False  # of a WHMCS
    empty: bool = False
    refused: str = ""  # what it is, where it is no dump


def is_dump(name: str) -> bool:
    return not is_noise(name) and bool(_PANEL.search(name) or name.lower().endswith(_DUMPS))


def is_noise(name: str) -> bool:
    """Say whether a file is what macOS puts beside the others."""
    last = PurePosixPath(name).name
    return name.startswith("__MACOSX/") or last.startswith("._") or last == ".DS_Store"


_DUMPS = (".sql", ".sql.gz")
# cPanel: <user>/mysql/<database>.sql; DirectAdmin: backup/<database>.sql;
# Plesk: databases/<database>_<number>/<file>.tgz, in which the dump has a name without an ending.
_PANEL = re.compile(
    r"(?:^|/)(?:mysql|backup)/[^/]+\.sql(?:\.gz)?$"
    r"|(?:^|/)databases/[^/]+/[^/]+\.(?:sql|sql\.gz|tgz|tar\.gz|tar)$",
    re.IGNORECASE,
)
# Where a panel puts the files of a site, among them old dumps that somebody has left there.
_SITE = re.compile(r"(?:^|/)(?:homedir|domains|public_html|httpdocs|www)/", re.IGNORECASE)


class Inventory:
    """The files of an archive, of a `kind` as people say it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._count = 0
        self._first: Member | None = None
        self._links: list[str] = []
        self._dumps: list[tuple[Member, Looked]] = []
        self._names: list[str] = []  # a few, those first that may have to do with a database
        self._likely = 0

    def add(self, member: Member, look: Looked | None) -> None:
        """Note a file; `look` where it is named as a dump is."""
        if member.link:
            self._links += [member.name] if is_dump(member.name) and not self._links else []
            return
        self._count += 1
        self._first = self._first or member
        if look:
            self._dumps.append((member, look))
        elif _LIKELY.search(member.name):
            self._names.insert(self._likely, member.name)
            self._likely += 1
        else:
            self._names.append(member.name)
        del self._names[_NAMED:]
        self._likely = min(self._likely, _NAMED)

    def dump(self) -> Member:
        """Give the one dump of a WHMCS, or the one file; raises `NoDump` with what is there."""
        dumps = self._dumps
        rest = [each for each in dumps if not _SITE.search(each[0].name)]
        if any(_PANEL.search(member.name) for member, _ in rest):
            dumps = rest
        dumps = [each for each in dumps if not each[1].empty] or dumps
        if not dumps:
            return self._alone()
        for member, look in dumps:
            if look.refused:
                other = f"; or unpack the {self._kind} and give the right dump" * (len(dumps) > 1)
                raise NoDump(f"{member.name} in the {self._kind}: {look.refused}{other}")
        mine = [each for each in dumps if each[1].tables]
        if len(dumps) > 1 and len(mine) != 1:
            names = ", ".join(member.name for member, _ in dumps[:_NAMED])
            raise NoDump(
                f"the {self._kind} holds {len(dumps)} dumps, and {len(mine) or 'none'} of them hold"
                f" the tables of a WHMCS: unpack it and give the right one ({names})"
            )
        return self._whole((mine if len(dumps) > 1 else dumps)[0][0])

    def _alone(self) -> Member:
        if self._count == 1 and self._first:
            return self._whole(self._first)
        if self._links:
            raise NoDump(
                f"{self._links[0]} is a link in the {self._kind}, not the file itself: pack the"
                " file that it points to (tar -h), or give that"
            )
        if not self._count:
            raise NoDump(f"the {self._kind} holds no file: make the backup again")
        raise NoDump(
            f"the {self._kind} holds no dump of a database (.sql, .sql.gz) but"
            f" {_listed(self._names, self._count)}: unpack it and give the dump. Are these the"
            " files of a site alone? Take the backup of the database"
        )

    def _whole(self, member: Member) -> Member:
        if member.sparse:
            raise NoDump(
                f"{member.name} is packed with holes (as a sparse file): unpack the {self._kind}"
                " and give the dump"
            )
        return member


_LIKELY = re.compile(r"sql|dump|backup|whmcs|\.(?:zip|tgz|tar|t?gz|bz2|xz|zst|7z|rar)$", re.I)


def _listed(names: Iterable[str], count: int) -> str:
    few = list(islice(names, 3 if count > _NAMED else _NAMED))
    if count > len(few):
        return f"{', '.join(few)} and {count - len(few):,} more"
    return " and ".join((", ".join(few[:-1]), few[-1]))
