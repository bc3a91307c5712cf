"""What the companion did under a key, so that the same key is the same effect, once."""

import hashlib
import json
import re
from collections.abc import Sequence

from sqlalchemy import select

from syncd.sandbox import schema
from syncd.sandbox.registry import Body, Call, Perform, Refusal, success

_KEY = re.compile(r"[A-Za-z0-9\-_.:]{16,64}")


def once(call: Call, action: str, names: Sequence[str], perform: Perform) -> Body:
    """Perform, or repeat what was answered to this key; `names` are what the effect hangs on."""
    key, table = call.params.text("key"), schema.effects
    if not _KEY.fullmatch(key):
        raise Refusal("key must be 16 to 64 letters, digits or any of - _ . :")
    digest = _digest(call, names)
    earlier = call.db.execute(select(table).where(table.c.key == key)).first()
    if earlier is None:
        reply = perform(call)
        call.insert(
            table,
            key=key,
            action=action,
            digest=digest,
            reply=json.dumps(reply),
            created_at=call.stamp,
        )
        return success(**reply, repeated=False)
    if (earlier.action, earlier.digest) != (action, digest):
        raise Refusal("This key was used before for something else.")
    return success(**json.loads(earlier.reply), repeated=True)


def _digest(call: Call, names: Sequence[str]) -> str:
    sent = [[name, call.params.get(name)] for name in sorted(names) if name in call.params]
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
