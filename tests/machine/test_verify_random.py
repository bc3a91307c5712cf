"""The certificate on random populations, against a reader of legacy rows that is neither's.

Three codes read the same rows: convert, which wrote the target; verify, which judges it; and the
one in `test_never_widen`, which says here who should be named.
"""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from people import client
from rehearsal import Rehearsal, settings_with
from test_never_widen import (
    KEYS,
    MAPPING,
    NAMES,
    ODD_ADDRESSES,
    OWNERS,
    PEOPLE,
    contacts_with,
    rights,
)

from syncd.convert.permissions import flag_reader
from syncd.convert.rows import Rules
from syncd.model.flags import PermissionMap
from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.model.permission import permissions
from syncd.model.policy import Fuses, People, Policy
from syncd.model.remembered import BoundKey
from syncd.sources.memory import MemorySource
from syncd.targets.memory import MemoryTarget
from syncd.verify.certificate import Certificate, Remark
from syncd.verify.certify import Known, certify, remarks
from syncd.verify.meaning import words
from syncd.verify.scratch import Scratch

GAINS = ("gained_access", "gained_right")
QUICK = settings(
    max_examples=9,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Population = tuple[list[LegacyClient], list[LegacyContact]]


@st.composite
def populations(draw: st.DrawFn) -> Population:
    addresses = draw(st.permutations([*OWNERS, *PEOPLE[:3]]))
    clients = [
        client(number, address, first_name=draw(NAMES))
        for number, address in enumerate(addresses[: draw(st.integers(1, 5))], start=1)
    ]
    return clients, draw(contacts_with(ODD_ADDRESSES, st.integers(1, len(clients)), most=25))


def migrated(
    folder: Path, population: Population, mapping: PermissionMap
) -> tuple[MemoryTarget, list[BoundKey]]:
    """Migrate to an empty target and let everybody accept; gives the bindings as well."""
    target = MemoryTarget("shop")
    plan = settings_with(
        rules=Rules(flag_reader(mapping), people=People(reserved_domains=frozenset())),
        mapping=mapping,
        policy=Policy(closed="all"),
        fuses=Fuses(),
        matches={"legacy": "email"},
    )
    with Rehearsal(folder, target, plan) as rehearsal:
        rehearsal.run(*population)
        rehearsal.accept_all()
        return target, list(rehearsal._journal.bindings())


def certified(
    folder: Path,
    population: Population,
    target: MemoryTarget,
    bindings: list[BoundKey],
    mapping: PermissionMap,
) -> tuple[Certificate, list[Remark]]:
    known = Known({"legacy": "email"}, bindings=bindings)
    table = words(mapping.permissions, mapping.aliases, mapping.ignored)
    with Scratch(folder / "scratch.duckdb") as scratch:
        source = MemorySource("legacy", *population)
        certificate = certify(scratch, [source], target.reader(), table, known)
        return certificate, list(remarks(scratch))


def excesses(
    population: Population, target: MemoryTarget, bindings: list[BoundKey]
) -> set[tuple[str, str]]:
    """Say by the third code who may do more than every row gave."""
    allowed = rights(*population)
    legacy = {bound.target_id: bound.key.partition(":")[2] for bound in bindings
              if bound.key.startswith("account:")}  # fmt: skip
    found = set()
    for (user_id, client_id), keys in target.members.items():
        ref, email = legacy[client_id], target.users[user_id].email
        place = int(ref.partition("/")[2]), email
        if place not in allowed or set(keys) - allowed[place]:
            found.add((ref, email))
    return found


@given(populations(), st.data())
@QUICK
def test_whoever_gains_is_named_and_nobody_else(
    population: Population, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target, bindings = migrated(folder, population, MAPPING)
        certificate, _ = certified(folder, population, target, bindings, MAPPING)
        assert certificate.verdict == "PASS"
        assert certificate.imbalances == ()

        for _ in range(data.draw(st.integers(1, 4))):
            disturb(target, data)
        certificate, told = certified(folder, population, target, bindings, MAPPING)

    wrong = excesses(population, target, bindings)
    event(f"{len(wrong)} gain")
    assert {(one.account, one.email) for one in told if one.rule in GAINS} == wrong
    assert certificate.verdict == ("FAIL" if wrong else "PASS")
    assert certificate.imbalances == ()


def disturb(target: MemoryTarget, data: st.DataObject) -> None:
    """Give, change or take a membership as somebody might who is not an owner there."""
    client_id = data.draw(st.sampled_from(sorted(target.accounts)))
    email = data.draw(st.sampled_from(sorted({*PEOPLE[:3], *target.user_ids, "z@else.example"})))
    if email not in target.user_ids:
        target.load(users=[{"email": email}])
    user_id = target.user_ids[email]
    if target.owners[client_id] == user_id:
        return
    keys = data.draw(st.none() | st.lists(st.sampled_from(KEYS), min_size=1, max_size=4))
    if keys is None:
        target.members.pop((user_id, client_id), None)
    else:
        target.members[user_id, client_id] = permissions(keys)


@given(populations(), st.integers(1, len(KEYS) - 1))
@QUICK
def test_a_map_that_widens_is_followed_by_convert_and_not_by_verify(
    population: Population, shift: int
) -> None:
    """Every flag becomes another permission: convert and its guard follow the map they get."""
    turned = dict(zip(KEYS, KEYS[shift:] + KEYS[:shift], strict=True))
    wrong = PermissionMap("wrong", turned, MAPPING.aliases)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target, bindings = migrated(folder, population, wrong)
        certificate, told = certified(folder, population, target, bindings, wrong)

    gain = excesses(population, target, bindings)
    event(f"{len(gain)} gain")
    assert {(one.account, one.email) for one in told if one.rule in GAINS} == gain
    assert certificate.verdict == ("FAIL" if gain else "PASS")
