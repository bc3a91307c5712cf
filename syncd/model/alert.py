"""Alerts as the journal keeps them: what stands, since when, and whether anybody was told."""

from enum import StrEnum

import msgspec


class AlertKind(StrEnum):
    """What an alert is about; severity, sentence and advice of each are in `alerts.catalogue`."""

    ACCESS_GAINED = "access_gained"
    MEMBER_ADDED = "member_added"
    OWNER_CHANGED = "owner_changed"
    INCOMPLETE_READ = "incomplete_read"
    FUSE_BLOWN = "fuse_blown"
    WRITE_NOT_CONFIRMED = "write_not_confirmed"
    INVITATION_EXPIRING = "invitation_expiring"
    INVITATION_EXPIRED = "invitation_expired"
    ACCEPTED_BY_OTHER = "accepted_by_other"
    CRITICAL_GRANT = "critical_grant"
    ADDRESS_DRIFT = "address_drift"
    UNKNOWN_PERMISSION = "unknown_permission"
    NEW_CASE = "new_case"
    CREDENTIAL_TROUBLE = "credential_trouble"
    RUN_FAILED = "run_failed"
    LOCKED = "locked"
    SILENCE = "silence"
    SUPPRESSED_SEEN = "suppressed_seen"


class StandingAlert(msgspec.Struct, frozen=True):
    """A state that began, and has not ended or nobody was told of its end; times are ISO 8601."""

    kind: AlertKind
    subject: str  # what tells it from others of its kind, such as a membership's key
    what: str
    since: str
    told_at: str = ""
    ended_at: str = ""


class ChannelState(msgspec.Struct, frozen=True):
    """How a channel did when it was last used; `failing_since` is "" where it took the message."""

    name: str
    tried_at: str
    failing_since: str = ""
    why: str = ""
