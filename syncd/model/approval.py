"""Approvals of a plan, certificates that it was rehearsed, and the keys of those who may give them.

Public keys are read here as SSH writes them; what signs and what checks a signature is in
`approval`.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

from msgspec import Struct

ED25519 = b"ssh-ed25519"
_BYTES = 32  # of a public key of Ed25519


class PublicKey(Struct, frozen=True):
    """A public key of Ed25519, as SSH has it on the wire."""

    blob: bytes

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key itself."""
        return self.blob[-_BYTES:]

    @property
    def fingerprint(self) -> str:
        """What `ssh-keygen -l` shows of it."""
        return f"SHA256:{base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip('=')}"

    def __str__(self) -> str:
        return f"{ED25519.decode()} {base64.b64encode(self.blob).decode()}"


def public_key(line: str) -> PublicKey:
    """Read a line of a `.pub` file, its remark left out; raises `ValueError` with what is wrong."""
    kind, _, rest = line.strip().partition(" ")
    if kind != ED25519.decode():
        msg = "must be the line of a .pub file of Ed25519, like ssh-ed25519 AAAAC3Nza..."
        raise ValueError(msg)
    try:
        blob = base64.b64decode(rest.split()[0] if rest.split() else "", validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if blob != wire(ED25519) + wire(blob[-_BYTES:]) or len(blob[-_BYTES:]) != _BYTES:
        msg = "is no whole public key of Ed25519: copy the line of the .pub file again"
        raise ValueError(msg)
    return PublicKey(blob)


def wire(text: bytes) -> bytes:
    """Give a string as SSH has it on the wire (RFC 4251, 5): its length in four bytes before it."""
    return len(text).to_bytes(4, "big") + text


class Demands(Struct, frozen=True):
    """What the config demands of a plan before it is applied."""

    approvals: int = 0  # people
    approvers: Mapping[str, str] = {}  # by name, the line of a public key
    rehearsed: bool = False

    @property
    def by_people(self) -> bool:
        """Whether somebody has to do something between plan and apply."""
        return self.approvals > 0 or self.rehearsed

    def key_of(self, name: str) -> PublicKey | None:
        line = self.approvers.get(name)
        return None if line is None else public_key(line)


class Approval(Struct, frozen=True):
    """Somebody stands up for a plan. `signature` is of SSH and over plan.json, byte for byte."""

    seal: str  # of the plan, see `report.plan.Manifest`
    plan: str
    name: str
    fingerprint: str  # of the key
    approved_at: str  # when syncd took it; the signature does not cover that
    signature: str


class Attested(Struct, frozen=True):
    """What a certificate of `rehearse --certify` or `verify` came to.

    A rehearsal's `body` is what was signed, if anybody did; of `verify` there is none.
    """

    kind: str  # rehearsal, verify; plan: that a run made it, and no more
    at: str
    verdict: str  # PASS, FAIL
    syncd: str  # the version
    plan: str = ""
    seal: str = ""
    body: str = ""
    name: str = ""
    fingerprint: str = ""
    signature: str = ""


class OnRecord(Struct, frozen=True):
    """What the journal has of a plan, the newest rehearsal first."""

    made_here: bool  # a run wrote exactly this folder: whoever makes one anew can seal it as well
    approvals: list[Approval]
    rehearsals: list[Attested]


class Rehearsed(Struct, frozen=True):
    """What a rehearsal certificate says, and what is signed of it: this as JSON."""

    plan: str
    seal: str
    target: str
    target_origin: str
    syncd: str
    at: str
    verdict: str
    outcomes: dict[str, int]
    held: int
    logins: dict[str, int]  # by state, see docs/verify.md


class Warrant(Struct, frozen=True):
    """On the strength of what a run applies a plan."""

    approvals: tuple[Approval, ...] = ()
    rehearsal: Attested | None = None
