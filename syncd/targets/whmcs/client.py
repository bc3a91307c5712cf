"""The client that may write; what reads is in `syncd.api`, where sources share it."""

from syncd.api.client import Param, ReadingClient
from syncd.api.messages import Reply
from syncd.api.pacer import LONGEST_PAUSE
from syncd.errors import Throttled, WriteRefused

_TIMES = 3  # that a write is sent where the target turns it away for a while

# All that syncd ever writes. What closes, deletes or renames has no way out of this process.
WRITING = frozenset(
    {
        "AddClient",
        "AddContact",
        "AddUser",
        "CreateClientInvite",
        "DeleteUserClient",
        "UpdateContact",
        "UpdateUserPermissions",
    }
)


class WhmcsClient(ReadingClient):
    """Calls writing actions as well."""

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
