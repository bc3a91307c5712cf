"""Password hashes. The sandbox's own are cheap: the passwords are invented and it must be quick.

Those that a legacy database brings along are checked as WHMCS made them: bcrypt, which both
generations know, and what only the old one still accepts, md5 with a salt and without.
"""

import hashlib
import hmac
import re
import secrets

import bcrypt

_ROUNDS = 500
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")
_MD5 = re.compile(r"[0-9a-f]{32}(:.+)?")
# PHP reads no more of a password than that.
_BCRYPT_BYTES = 72


def hashed(password: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(password, salt)}"


def matches(password: str, stored: str) -> bool:
    """Say whether `stored` came from `password`; a blank hash matches nothing."""
    if is_bcrypt(stored):
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
    salt, colon, digest = stored.partition(":")
    return bool(colon) and hmac.compare_digest(_digest(password, salt), digest)


def matches_old(password: str, stored: str) -> bool:
    """Say the same in a release before 8.0, whose logins may still have an md5."""
    if not _MD5.fullmatch(stored):
        return matches(password, stored)
    digest, _, salt = stored.partition(":")
    return hmac.compare_digest(md5(salt + password), digest)


def is_bcrypt(stored: str) -> bool:
    return _BCRYPT.fullmatch(stored) is not None


def md5(password: str) -> str:
    """Return what an admin's client sends in place of the password."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()
