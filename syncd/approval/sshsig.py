"""Signatures as `ssh-keygen -Y sign` makes them and `ssh-keygen -Y verify` checks them.

The format is PROTOCOL.sshsig of OpenSSH. What is signed is no file itself but its hash, together
with a namespace: a signature for one purpose is none for another.
"""

import base64
import binascii
import hashlib

from msgspec import Struct

from syncd.model.approval import ED25519, PublicKey, public_key, wire

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_OURS = b"sha512"
_FIRST, _LAST = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70
_BYTES = 64  # of a signature of Ed25519


class NoSignature(ValueError):
    """A text that is no SSH signature of Ed25519; its words say why."""


class Signature(Struct, frozen=True):
    """A signature, taken apart: whose key it claims, for what, and the bytes to check."""

    key: PublicKey
    namespace: str
    hash: bytes
    raw: bytes


def signed(namespace: str, data: bytes, kind: bytes = _OURS) -> bytes:
    """Give the bytes that a key signs for data."""
    digest = _HASHES[kind](data).digest()
    return _MAGIC + wire(namespace.encode()) + wire(b"") + wire(kind) + wire(digest)


def armored(key: PublicKey, namespace: str, raw: bytes) -> str:
    """Give the text of a signature over what `signed` gave."""
    parts = (key.blob, namespace.encode(), b"", _OURS, wire(ED25519) + wire(raw))
    text = base64.b64encode(_MAGIC + _VERSION + b"".join(map(wire, parts))).decode()
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return "\n".join((_FIRST, *lines, _LAST, ""))


def parsed(text: str) -> Signature:
    """Take the text of a signature apart; raises `NoSignature`."""
    lines = text.split()
    whole = " ".join(lines)
    if not (whole.startswith(_FIRST) and whole.endswith(_LAST)):
        msg = "it is no SSH signature: ssh-keygen -Y sign writes one into a file that ends in .sig"
        raise NoSignature(msg)
    try:
        inner = whole.removeprefix(_FIRST).removesuffix(_LAST)
        blob = base64.b64decode("".join(inner.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NoSignature(_BROKEN) from None
    if not blob.startswith(_MAGIC + _VERSION):
        raise NoSignature(_BROKEN)
    key, namespace, _, kind, signature = _strings(blob[len(_MAGIC + _VERSION) :], 5)
    named, raw = _strings(signature, 2)
    if named != ED25519 or len(raw) != _BYTES:
        msg = "it was made with another kind of key than Ed25519"
        raise NoSignature(msg)
    if kind not in _HASHES:
        raise NoSignature(_BROKEN)
    try:
        owner = public_key(f"{ED25519.decode()} {base64.b64encode(key).decode()}")
        return Signature(owner, namespace.decode(), kind, raw)
    except ValueError:
        raise NoSignature(_BROKEN) from None


_BROKEN = "the SSH signature is damaged"


def _strings(blob: bytes, number: int) -> list[bytes]:
    """Read so many strings, after which nothing may come."""
    strings = []
    for _ in range(number):
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise NoSignature(_BROKEN)
        strings.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if blob:
        raise NoSignature(_BROKEN)
    return strings
