"""The certificate for programs: one JSON object, its lists one item a line. docs/verify.md."""

from collections.abc import Iterable, Iterator

import msgspec

from syncd.verify.certificate import Certificate
from syncd.verify.certify import positions, remarks
from syncd.verify.rules import RULES
from syncd.verify.scratch import Scratch
from syncd.verify.text import CertificateHeader

_encode = msgspec.json.Encoder().encode


def pieces(
    certificate: Certificate, header: CertificateHeader, scratch: Scratch
) -> Iterator[bytes]:
    """Yield the document piece by piece, so that nobody holds the whole of it."""
    head = {"made_at": header.made_at, "syncd": header.syncd, "target_origin": header.origin}
    fields = msgspec.to_builtins(certificate) | head
    yield _encode(fields)[:-1]
    yield from _listed("positions", positions(scratch))
    marked = (
        {"fails": RULES[remark.rule].fails} | msgspec.to_builtins(remark)
        for remark in remarks(scratch)
    )
    yield from _listed("remarks", marked)
    yield b"}\n"


def _listed(name: str, items: Iterable[object]) -> Iterator[bytes]:
    yield b',\n"' + name.encode() + b'":['
    separator = b"\n"
    for item in items:
        yield separator + _encode(item)
        separator = b",\n"
    yield b"\n]"
