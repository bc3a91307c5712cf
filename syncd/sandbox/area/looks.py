"""Links to look at the area as somebody, for whoever may ask the control plane."""

from syncd.sandbox.area import persons, sessions
from syncd.sandbox.area.visit import places
from syncd.sandbox.registry import Body, Call


def offers(call: Call, email: str, host: str) -> list[Body]:
    """Return a link for each login that the address has."""
    return [_offer(call, person, host) for person in persons.with_address(call, email)]


def _offer(call: Call, person: persons.Person, host: str) -> Body:
    found = places(call, person)
    return {
        "kind": person.kind,
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "accounts": [{"client_id": place.account.id, "name": place.name} for place in found],
        "url": f"{host}look/{sessions.offer(call, person)}",
    }
