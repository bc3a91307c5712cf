"""What became of a legacy contact. Every contact has exactly one: the counts must add up."""

from enum import StrEnum


class Disposition(StrEnum):
    LOGIN = "login"  # a membership, and a contact for its mail
    OWNER = "owner"  # its login is the account's owner anyway; a contact for its mail
    KEPT = "kept"  # a contact only
    HELD = "held"  # a login that is held until a decision, or cannot be made; the contact stays
    BLOCKED = "blocked"  # nothing can be made of it
    EXCLUDED = "excluded"  # left out by policy, or an erased person
