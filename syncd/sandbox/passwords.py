"""Password hashes. Cheap ones: the passwords are invented and the sandbox must be quick."""

import hashlib
import hmac
import secrets

_ROUNDS = 500


def hashed(password: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(password, salt)}"


def matches(password: str, stored: str) -> bool:
    """Say whether `stored` came from `password`; a blank hash matches nothing."""
    salt, colon, digest = stored.partition(":")
    return bool(colon) and hmac.compare_digest(_digest(password, salt), digest)


def md5(password: str) -> str:
    """Return what an admin's client sends in place of the password."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()
