"""People with keys of SSH, made by ssh-keygen as people make them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Signer:
    """Somebody with a key; `passphrase` is "" where the key has none."""

    name: str
    key: Path
    passphrase: str = ""

    @property
    def public(self) -> str:
        return self.key.with_suffix(".pub").read_text(encoding="utf-8").strip()

    @property
    def fingerprint(self) -> str:
        return keygen("-lf", str(self.key.with_suffix(".pub"))).split()[1]

    def signs(self, document: Path, namespace: str = "syncd-plan") -> Path:
        """Sign as somebody does who has no syncd; gives the file of the signature."""
        written = document.with_name(f"{document.name}.sig")
        written.unlink(missing_ok=True)
        keygen("-q", "-Y", "sign", "-f", str(self.key), "-n", namespace, str(document))
        return written.rename(self.key.with_suffix(".sig"))


def signer(folder: Path, name: str, passphrase: str = "", kind: str = "ed25519") -> Signer:
    key = folder / f"key-{name}"
    keygen("-q", "-t", kind, "-N", passphrase, "-f", str(key), "-C", f"{name}@desk.example")
    return Signer(name, key, passphrase)


def keygen(*words: str, given: bytes = b"") -> str:
    done = subprocess.run(["ssh-keygen", *words], input=given, capture_output=True, check=True)
    return done.stdout.decode()
