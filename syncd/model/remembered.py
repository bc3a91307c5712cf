"""Rows of the journal as they come and go: tuples whose places have names."""

from typing import NamedTuple

from syncd.model.resources import Resource


class BoundKey(NamedTuple):
    """Which id of the target a key is; `marks` is JSON of `BoundMarks`, "" where nobody looked."""

    key: str
    target_id: str
    marks: str = ""


class UserId(NamedTuple):
    """The target's id of the user who has an address."""

    email: str
    target_id: str


class LoginOrigin(NamedTuple):
    """A legacy login and the key of the membership it was when its person last had it."""

    contact: str
    key: str


class AppliedState(NamedTuple):
    """What syncd last wrote under a key, and when; the time is "" where nobody knows."""

    key: str
    resource: Resource
    at: str


class AdoptedBody(NamedTuple):
    """What the target has under a key just as syncd would have written it, as JSON."""

    key: str
    body: str


class CheckedKey(NamedTuple):
    """A membership and when its permissions were read and were as applied."""

    key: str
    at: str


class EndedInvite(NamedTuple):
    """The key of an invitation that is over, and how it ended."""

    key: str
    state: str
