"""Private keys, signing, and the check of a signature, by the library `cryptography`.

It is the extra `approve` of an installation: without it nothing can be signed, and nothing that
was signed counts.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syncd.approval import sshsig
from syncd.approval.sshsig import NoSignature
from syncd.errors import ExtraMissing, OptionUnusable
from syncd.model.approval import PublicKey, public_key

# What a signature is for. One over a plan is none over a certificate.
PLAN, REHEARSAL = "syncd-plan", "syncd-rehearsal"

AskPassphrase = Callable[[Path], str | None]  # None: nobody can be asked


class PrivateKey:
    """A private key of Ed25519, held for one signature."""

    def __init__(self, key: Any, public: PublicKey) -> None:
        self._key = key
        self.public = public

    def sign(self, namespace: str, data: bytes) -> str:
        raw = self._key.sign(sshsig.signed(namespace, data))
        return sshsig.armored(self.public, namespace, raw)


def check_installed(command: str) -> None:
    """Raise `ExtraMissing` where signatures can be neither made nor checked."""
    _library("hazmat.primitives.serialization", command)


def private_key(path: Path, ask: AskPassphrase) -> PrivateKey:
    """Read a private key of SSH, asking for its passphrase where it has one.

    Raises `OptionUnusable`.
    """
    serialization = _library("hazmat.primitives.serialization", "approve")
    ed25519 = _library("hazmat.primitives.asymmetric.ed25519", "approve")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OptionUnusable("--key", [f"{path}: {error.strerror or error}"]) from error
    key = _loaded(serialization, content, path, ask)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise OptionUnusable("--key", [f"{path} is no key of Ed25519: ssh-keygen -t ed25519"])
    line = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return PrivateKey(key, public_key(line.decode()))


def check(text: str, key: PublicKey, namespace: str, data: bytes) -> None:
    """Raise `NoSignature`, with why, unless a text is a signature of this key over the data."""
    invalid = _library("exceptions", "apply").InvalidSignature
    ed25519 = _library("hazmat.primitives.asymmetric.ed25519", "apply")
    signature = sshsig.parsed(text)
    if signature.key != key:
        msg = f"it was made with the key {signature.key.fingerprint}, not with {key.fingerprint}"
        raise NoSignature(msg)
    if signature.namespace != namespace:
        msg = f"it is for {signature.namespace!r}, not for {namespace!r}: ssh-keygen -n {namespace}"
        raise NoSignature(msg)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(
            signature.raw, sshsig.signed(namespace, data, signature.hash)
        )
    except (invalid, ValueError):
        msg = "it is over something else, or was changed"
        raise NoSignature(msg) from None


def _loaded(serialization: Any, content: bytes, path: Path, ask: AskPassphrase) -> Any:
    try:
        return serialization.load_ssh_private_key(content, None)
    except TypeError:  # it has a passphrase
        words = ask(path)
    except (ValueError, _unsupported()) as error:
        raise OptionUnusable("--key", [_no_key(path)]) from error
    if words is None:
        how = "give it at a terminal, or sign with ssh-keygen and an agent and use --signature"
        raise OptionUnusable("--key", [f"{path} has a passphrase: {how}"])
    try:
        return serialization.load_ssh_private_key(content, words.encode())
    except (ValueError, _unsupported()) as error:
        raise OptionUnusable("--key", [f"{path}: this is not its passphrase"]) from error


def _no_key(path: Path) -> str:
    return f"{path} is no private key of OpenSSH: give the one that ssh-keygen wrote, not its .pub"


def _unsupported() -> type[Exception]:
    kind: type[Exception] = _library("exceptions", "approve").UnsupportedAlgorithm
    return kind


def _library(name: str, command: str) -> Any:
    try:
        return importlib.import_module(f"cryptography.{name}")
    except ModuleNotFoundError as error:
        raise ExtraMissing(command, "approve") from error
