"""AddClientNote."""

from syncd.sandbox import lookup, schema
from syncd.sandbox.registry import Body, Call, Refusal, action, success


@action("AddClientNote", writes=True, since=(7, 0))
def add_client_note(call: Call) -> Body:
    """Add a note that only staff can read, which the API cannot. `userid` is a client's id."""
    client_id, note = call.params.integer("userid"), call.params.text("notes")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Client ID not found")
    if not note:
        raise Refusal("Notes can not be empty")
    note_id = call.insert(
        schema.notes,
        userid=client_id,
        adminid=call.admin_id,
        note=note,
        sticky=int(call.params.flag("sticky")),
        created=call.stamp,
        modified=call.stamp,
    )
    return success(noteid=note_id)
