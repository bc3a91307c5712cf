"""What the companion did under a key, so that the same key is the same effect, once."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence

from sqlalchemy import select

from syncd.sandbox.registry import Body, Call, Refusal, success
from syncd.sandbox.schema_effects import effects

_KEY = re.compile(r"[A-Za-z0-9\-_.:]{16,64}")


def check_key(call: Call) -> None:
    if not _KEY.fullmatch(call.params.text("key")):
        raise Refusal("key must be 16 to 64 letters, digits or any of - _ . :")


def once(call: Call, action: str, names: Sequence[str], perform: Callable[[], Body]) -> Body:
    """Perform, or repeat what was answered to this key; `names` are what the effect hangs on."""
    key, digest = call.params.text("key"), _digest(call, names)
    earlier = call.db.execute(select(effects).where(effects.c.key == key)).first()
    if earlier is None:
        reply = perform()
        call.insert(
            effects,
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
    sent = [[name, call.params.get(name, "")] for name in sorted(names)]
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
