"""The client that may write; what reads is in `syncd.wire`, where sources share it."""

from collections.abc import Callable, Mapping

from syncd.errors import Throttled, WriteRefused
from syncd.model.connection import ApiConnection
from syncd.ports import Permit
from syncd.wire.bodies import Reply
from syncd.wire.client import Param, ReadingClient
from syncd.wire.pacer import LONGEST_PAUSE, Pacer

_TIMES = 3  # that a write is sent where the target turns it away for a while

# All that syncd ever writes. What closes, deletes or renames has no way out of this process.
WRITING = frozenset(
    {
        "AddClient",
        "AddContact",
        "AddUser",
        "CreateClientInvite",
        "DeleteUserClient",
        "SyncdAttach",
        "SyncdWithdrawInvite",
        "UpdateContact",
        "UpdateUserPermissions",
    }
)
# Of these, the companion's carry a key under which an effect happens once.
_KEYED = frozenset({"SyncdAttach", "SyncdWithdrawInvite"})


class WhmcsClient(ReadingClient):
    """Calls writing actions as well, each once `permit` has let it go."""

    def __init__(
        self, name: str, connection: ApiConnection, permit: Permit, pacer: Pacer | None = None
    ) -> None:
        super().__init__(name, connection, pacer=pacer)
        self._permit = permit

    def write(self, action: str, **params: Param) -> Reply:
        """Call a writing action: after `NoAnswer` it may have been carried out.

        Sent once, but for a target that turned it away unread and named a time to come back.
        """
        if action not in WRITING:
            raise WriteRefused(action, "not an action that syncd uses")
        for _ in range(_TIMES - 1):
            try:
                return self._post(action, params)
            except Throttled as error:  # the pacer holds the next call back for as long
                if error.retry_after is None or error.retry_after > LONGEST_PAUSE:
                    raise
        return self._post(action, params)

    def write_under_key(self, action: str, *, key: str, **params: Param) -> Reply:
        """Call a writing action that does nothing twice for one `key`: again while that may heal.

        After `NoAnswer` it may have been carried out, and the same key finds out.
        """
        if action not in _KEYED:
            raise WriteRefused(action, "not an action that takes a key")
        return self._retrying(self._pause, self._post, action, {"key": key, **params})

    def _send(self, action: str, form: Mapping[str, str], scrub: Callable[[str], str]) -> Reply:
        if action in WRITING:  # not before its turn came, for which it may have waited a while
            self._permit()
        return super()._send(action, form, scrub)
