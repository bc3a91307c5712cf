"""Tries the writing actions without writing: on an id that nobody has, and with nothing to write.

A role is looked at before the id is, so that any other refusal shows that the role allows the
action. Parts of readers only: what is sent is a table, and nothing of it is the caller's (I3).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from syncd.errors import (
    AddressRefused,
    CredentialsRefused,
    Rejected,
    TargetError,
    TargetUnavailable,
    UnexpectedReply,
    WriteRefused,
)
from syncd.ports import Probe
from syncd.wire.bodies import Reply
from syncd.wire.client import Params, ReadingClient
from syncd.wire.messages import NOBODY

# Each is refused for its id, and could write nothing without what is left out: an address to
# invite, permissions to give, columns to change.
TRIALS: Mapping[str, Params] = MappingProxyType(
    {
        action: MappingProxyType(dict.fromkeys(names, NOBODY))
        for action, names in (
            ("AddContact", ("clientid",)),
            ("CreateClientInvite", ("client_id",)),
            ("DeleteUserClient", ("user_id", "client_id")),
            ("UpdateContact", ("contactid",)),
            ("UpdateUserPermissions", ("user_id", "client_id")),
        )
    }
)
# The companion's, each refused for its key before anything else is looked at.
COMPANION_TRIALS: Mapping[str, Params] = MappingProxyType(
    {action: MappingProxyType({"key": "-"}) for action in ("SyncdAttach", "SyncdWithdrawInvite")}
)
_ALL = MappingProxyType({**TRIALS, **COMPANION_TRIALS})
# These name no id that could be nobody's.
UNTRIED = ("AddClient", "AddUser")

# After these the other actions would say the same.
_HOPELESS = (AddressRefused, CredentialsRefused, TargetUnavailable)
_DONE = (
    f"it said success for the id {NOBODY}, which nobody should have: see in the target's activity"
    " log what it did"
)


class TrialClient(ReadingClient):
    """Calls writing actions as the table has them, and cannot call them otherwise."""

    def attempt(self, action: str) -> Reply:
        """Send the trial of an action, once; raises what its refusal stands for."""
        if action not in _ALL:
            raise WriteRefused(action, "not an action that can be tried without writing")
        return self._post(action, _ALL[action])

    def ask(self, action: str) -> None:
        """See that a trial is refused for what is wrong with it, as it should be.

        Again while what went wrong may heal; raises what any other refusal stands for.
        """
        try:
            self._retrying(self._pause, self.attempt, action)
        except Rejected:
            return
        raise UnexpectedReply(action, "it said success without a key")


def probe_writing(client: TrialClient, actions: Iterable[str] = TRIALS) -> list[Probe]:
    """Try each of these actions; stops where nobody is let in or nothing answers."""
    probes: list[Probe] = []
    for action in actions:
        probes.append(_probe(client, action))
        if isinstance(probes[-1].error, _HOPELESS):
            break
    return probes


def _probe(client: TrialClient, action: str) -> Probe:
    try:
        client.attempt(action)
    except Rejected:
        return Probe(action, ok=True)
    except TargetError as error:
        return Probe(action, ok=False, sentence=error.message, error=error)
    return Probe(action, ok=False, sentence=_DONE)
