"""Files made to do harm, or only odd: a typed error or a reading, never a crash, never for ever."""

import gzip
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pytest
from dumps import OFF, STYLES, write_dump
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packed import tarred

from syncd.config import config, decisions
from syncd.config.files import load_mapping
from syncd.errors import ConfigError, NotLegacy, SourceError
from syncd.sources import streams
from syncd.sources.backup import BackupSource
from syncd.sources.streams import MOST_TIMES

ROOT = Path(__file__).parents[3]
MEGABYTE = 1 << 20
TABLES = {
    "tblclients": [{"id": 1, "firstname": "Olga", "email": "olga@owner.example", "status": ""}],
    "tblcontacts": [{"id": 7, "userid": 1, "email": "jane@dev.example", **OFF, "subaccount": 1}],
    "tblconfiguration": [{"setting": "Version", "value": "7.10.3"}],
}  # fmt: skip


def extracted(path: Path) -> int:
    return sum(len(batch.rows) for batch in BackupSource("legacy", path=path).extract())


# --- bombs ----------------------------------------------------------------------------------


def blanks(megabytes: int) -> bytes:
    """Give so many megabytes of blanks, gzipped: a thousandth of that."""
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(megabytes):
            file.write(b" " * MEGABYTE)
    return packed.getvalue()


def zipped(content: bytes, name: str = "whmcs.sql") -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def named_for_ever() -> bytes:
    """Give a gzip whose file name does not end, in a zip that packs it well."""
    return zipped(b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * (80 * MEGABYTE), "whmcs.sql.gz")


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(lambda: blanks(100), id="gzip"),
        pytest.param(lambda: zipped(b" " * (100 * MEGABYTE)), id="zip"),
        pytest.param(lambda: zipped(blanks(100), "whmcs.sql.gz"), id="gzip in zip"),
        pytest.param(lambda: gzip.compress(b"-- " + b"x" * (100 * MEGABYTE)), id="one comment"),
        pytest.param(lambda: gzip.compress(b"/* " + b"x" * (100 * MEGABYTE)), id="block comment"),
        pytest.param(lambda: gzip.compress(b"SELECT '" + b"x" * (100 * MEGABYTE)), id="one string"),
        pytest.param(named_for_ever, id="name of a gzip"),
        pytest.param(lambda: zipped(tarred({"a.sql.gz": blanks(100)}), "a.tar"), id="tar in zip"),
    ],
)
def test_a_bomb_is_refused_with_what_to_do(bomb: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(bomb())
    with pytest.raises(NotLegacy, match=f"more than {MOST_TIMES} times its size.*unpack it first"):
        extracted(path)


BOUNDED = """
import resource, sys
from syncd.errors import SourceError
from syncd.sources import streams
from syncd.sources.backup import BackupSource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for _ in BackupSource("legacy", path=sys.argv[1]).extract():
        pass
except SourceError:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    "pack", [lambda bomb: bomb, lambda bomb: zipped(tarred({"a.sql.gz": bomb}), "a.tar")]
)
def test_a_bomb_takes_no_memory(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "bomb.sql.gz"
    path.write_bytes(pack(blanks(100)))
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, path], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 40, "megabytes"


def test_a_dump_that_packs_well_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred to one is no bomb, however much it is."""
    monkeypatch.setattr(streams, "_ALWAYS", MEGABYTE)
    line = b"INSERT INTO tbllog VALUES (1,'" + os.urandom(30).hex().encode() + b"');\n"
    dump = write_dump({**TABLES, "tbllog": [{"id": 0, "text": ""}]}) + line * (
        8 * MEGABYTE // len(line)
    )
    path = tmp_path / "backup.sql.gz"
    path.write_bytes(gzip.compress(dump, compresslevel=1))
    assert len(dump) > 64 * path.stat().st_size
    assert extracted(path) == 2


# --- odd files ------------------------------------------------------------------------------

DUMPS = [write_dump(TABLES, STYLES[name]) for name in ("mysqldump", "php", "hex")]
PACKED = [
    gzip.compress(DUMPS[0]),
    zipped(DUMPS[0]),
    zipped(gzip.compress(DUMPS[0]), "x.sql.gz"),
    tarred({"whmcs.sql": DUMPS[0]}),
    zipped(tarred({"x": DUMPS[0]}), "x.tar"),
]
TEXTS = {
    "decisions": (
        "version: 1\ndecisions:\n  - on: many_names\n    scope: user:jane@dev.example\n"
        "    made_on: 0123456789abcdef\n    answer: apply\n    by: Lena\n    at: 2026-03-01\n"
    ),
    "mapping": (ROOT / "mappings" / "whmcs-7.yaml").read_text(encoding="utf-8"),
    "config": (ROOT / "config.example.yaml").read_text(encoding="utf-8"),
}
LOADERS: dict[str, Callable[[Path], object]] = {
    "decisions": decisions.load,
    "mapping": lambda path: load_mapping(str(path)),
    "config": config.load,
}
# Small pieces that mean something to one of the readers.
_PIECES = [
    b"'", b'"', b"`", b"\\", b"(", b")", b",", b";", b"/*", b"*/", b"/*!40101 ", b"-- ", b"\n",
    b"\0", b"\xff", b"\xc3", b"NULL", b"0x", b"_binary '", b"VALUES", b"INSERT INTO `tblclients` ",
    b"DELIMITER ", b": ", b"- ", b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ",
    b"!!timestamp x", b"!!bool x", b"{", b"}", b"[", b"]", b"[" * 2000, b"? ", b"|", b">", b"%TAG",
    b"2024-13-45", b"0b_", b"0x_", b"._", b"9" * 5000, b"1e999", b"\xef\xbb\xbf", b"\t", b"\r",
    b"\xe2\x80\xa8", b"---", b"...", b"null", b"~", b"PK\x03\x04", b"\x1f\x8b\x08\x00",
    b"PK\x01\x02", b"PK\x05\x06", b"ustar", bytes(512),
]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, sound: list[bytes]) -> bytes:
    """Give a sound file with a few pieces cut, doubled or put in."""
    content = draw(st.sampled_from(sound))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(_PIECES) | st.binary(max_size=20))
        match draw(st.sampled_from(["put", "replace", "cut off", "double"])):
            case "put":
                content = content[:start] + piece + content[start:]
            case "replace":
                content = content[:start] + piece + content[end:]
            case "cut off":
                content = content[:start]
            case "double":
                content = content[:end] + content[start:]
    return content


@contextmanager
def a_file(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "odd.yaml"
        path.write_bytes(content)
        yield path


patient = settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(spoilt(DUMPS + PACKED) | st.binary(max_size=200))
def test_a_spoilt_backup_is_read_or_refused(content: bytes) -> None:
    with a_file(content) as path, suppress(SourceError):
        extracted(path)


@pytest.mark.parametrize("name", LOADERS)
@patient
@given(data=st.data())
def test_a_spoilt_document_is_read_or_refused(name: str, data: st.DataObject) -> None:
    sound = [TEXTS[name].encode()]
    content = data.draw(
        spoilt(sound) | st.text(max_size=60).map(str.encode) | st.binary(max_size=60)
    )
    with a_file(content) as path, suppress(ConfigError):
        LOADERS[name](path)


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize(
    "content",
    [
        "a: &a [x]\nb: [*a, *a]",
        "&a [*a]",
        "[" * 100_000,
        "a: !!python/object/apply:os.system [true]",
        "a: !!timestamp never",
        "a: !!bool perhaps",
        "a: 0x_",
        "a: " + "9" * 5000,
        "a: \x07",
        "\ud800",
        "? [a]\n: b",
    ],
)
def test_a_hostile_document_is_refused_and_not_quoted(
    name: str, content: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError) as refused:
        LOADERS[name](path)
    assert "os.system" not in str(refused.value)


def test_a_date_is_the_text_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("state_dir: 2024-13-45\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="sources: is required"):
        config.load(path)
