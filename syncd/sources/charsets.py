"""Character sets of MySQL: how bytes become text, and how many were no text."""

import codecs
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

Decode = Callable[[bytes], str]

# MySQL's latin1 is cp1252, and its five empty places are the control characters there.
_LATIN1 = "".join(
    bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252")
    for byte in range(256)
)
_UTF8 = "utf-8"
# Character sets in which a backslash or a quote is never the second byte of a character.
_WRITTEN = {
    **dict.fromkeys(("utf8", "utf8mb3", "utf8mb4", "ascii", "binary"), _UTF8),
    "latin1": "latin1",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "koi8r": "koi8-r",
}
# Those that a column may have besides: its bytes are met in hex, or where nothing was converted.
_STORED = {
    **_WRITTEN,
    "latin7": "iso8859-13",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8u": "koi8-u",
    "big5": "big5",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "sjis": "shift_jis",
    "cp932": "cp932",
    "ujis": "euc_jp",
    "euckr": "euc_kr",
    "ucs2": "utf-16-be",
    "utf16": "utf-16-be",
    "utf16le": "utf-16-le",
    "utf32": "utf-32-be",
}


class Decoders:
    r"""The ways to decode of one dump, which count what is no text; `\xNN` stands for that then."""

    def __init__(self) -> None:
        self._strange: Counter[str] = Counter()
        self._made: dict[str, Decode] = {}

    def writes(self, charset: str) -> bool:
        """Say whether a dump may be written in this character set."""
        return charset in _WRITTEN

    def stored(self, charset: str) -> Decode:
        """Give how a column or a literal of this character set is read; as UTF-8, if unknown."""
        name = _STORED.get(charset, _UTF8)
        if name not in self._made:
            self._made[name] = _latin1 if name == "latin1" else partial(self._decode, name)
        return self._made[name]

    def remarks(self) -> Iterator[str]:
        for name, number in sorted(self._strange.items()):
            yield f"{number} values are no text in {name.upper()}: such bytes are shown as \\xNN"

    def _decode(self, name: str, raw: bytes) -> str:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            self._strange[name] += 1
            return raw.decode(name, "backslashreplace")


def _latin1(raw: bytes) -> str:
    return codecs.charmap_decode(raw, "strict", _LATIN1)[0]
