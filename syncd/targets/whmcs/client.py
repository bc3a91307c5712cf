"""The client that may write; what reads is in `syncd.api`, where sources share it."""

from syncd.api.client import Param, ReadingClient
from syncd.api.messages import Reply
from syncd.errors import WriteRefused

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
        """Call a writing action, once: after `NoAnswer` it may have been carried out."""
        if action not in WRITING:
            raise WriteRefused(action, "not an action that syncd uses")
        return self._post(action, params)
