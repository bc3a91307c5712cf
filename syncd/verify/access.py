"""Who could do what on one account, and who can: the heart of the certificate. Pure."""

import re
from collections.abc import Container, Iterator

import msgspec

from syncd.model.keys import membership_key
from syncd.model.permission import ALL, Permissions, excess, permissions
from syncd.verify.case import Case, ObservedMember
from syncd.verify.certificate import Position, Remark, State
from syncd.verify.meaning import LegacyFlags, Words, is_login, read_flags
from syncd.verify.rules import CAUSES

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_SHOWN = 5  # people a hint names


class Right(msgspec.Struct, frozen=True):
    """What the legacy rows of one login on one account gave."""

    email: str
    owner: bool
    rows: tuple[LegacyFlags, ...] = ()
    united: bool = False  # a person decided that what any row gave is right (T-03)

    @property
    def before(self) -> Permissions:
        return permissions(key for row in self.rows for key in row.granted)

    @property
    def allowed(self) -> Permissions:
        """Give the most this login may hold now: what every row gave; of an owner, everything."""
        if self.owner or not self.rows:
            return ALL if self.owner else ()
        if self.united:
            return self.before
        return permissions(frozenset.intersection(*(row.granted for row in self.rows)))

    @property
    def ignored(self) -> frozenset[str]:
        return frozenset(word for row in self.rows for word in row.ignored)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(sorted({word for row in self.rows for word in row.unknown}))


def judge_access(
    case: Case, words: Words, united: Container[str] = ()
) -> Iterator[Position | Remark]:
    """Judge owners, members and invitations of one account.

    `united` are the keys of memberships whose twin rows a signed decision puts together.
    """
    rights = _rights(case, words, united)
    positions = [_position(case, right) for right in rights]
    yield from positions
    for row in case.rows:
        if is_login(row.mark) is None:
            detail = f"contact {row.contact_id}: subaccount={row.mark!r}"
            yield Remark("unclear_mark", case.account, row.email, detail=detail)
    if not case.target:
        yield from _unbound(case)
        return
    known = {right.email: right for right in rights if right.email}
    yield from _sign_in(case)
    yield from _owners(case, known)
    yield from _strangers(case, known, positions)
    yield from _invitations(case, known)


def _rights(case: Case, words: Words, united: Container[str]) -> list[Right]:
    """Gather the rows of each login; those without an address stand alone."""
    owner = case.client.owner if case.client else ""
    gathered: dict[str, list[LegacyFlags]] = {owner: []} if owner else {}
    alone: list[Right] = []
    for row in case.rows:
        if is_login(row.mark) is not True:
            continue
        flags = read_flags(row.flags, words)
        if row.email:
            gathered.setdefault(row.email, []).append(flags)
        else:
            alone.append(Right("", owner=False, rows=(flags,)))
    people = (
        Right(email, email == owner, tuple(rows), membership_key(case.account, email) in united)
        for email, rows in gathered.items()
    )
    return [*people, *alone]


# --- positions ------------------------------------------------------------------------------


def _position(case: Case, right: Right) -> Position:
    # A row without an address has a right that nobody in the target can be shown to hold.
    held = [
        member.permissions for member in case.members if right.email and member.email == right.email
    ]
    owns = bool(right.email) and right.email in case.owners
    before = () if right.owner else right.before
    after = () if owns else permissions(key for keys in held for key in keys)
    lost = () if owns else excess(before, after)
    gained = _gained(right, after, owns=owns)
    has_access = owns or bool(held)
    state = _state(
        right, after, owns=owns, has_access=has_access, gained=bool(gained), lost=bool(lost)
    )
    cause = ""
    if state is State.MISSING:
        cause = _cause_of_missing(case, right)
        state = State.WAITING if cause == "invited" else State.MISSING
    elif right.owner and not owns:
        cause = "ownership"
    elif lost or state is State.NARROWER:
        cause = _cause_of_less(right, lost, after)
    return Position(
        case.account,
        right.email,
        "owner" if right.owner else "sub-account",
        state,
        before,
        () if right.owner else right.allowed,
        after,
        gained,
        lost,
        cause,
        right.unread,
    )


def _gained(right: Right, after: Permissions, *, owns: bool) -> Permissions:
    if right.owner:  # could do everything, also what is no permission of its own
        return ()
    return excess(ALL, right.before) if owns else excess(after, right.allowed)


def _state(
    right: Right, after: Permissions, *, owns: bool, has_access: bool, gained: bool, lost: bool
) -> State:
    if not has_access:
        return State.MISSING
    if owns and right.owner:
        return State.OWNER
    if owns or gained:
        return State.WIDER
    less = lost or right.owner or right.unread or right.ignored.difference(after)
    return State.NARROWER if less else State.SAME


def _cause_of_missing(case: Case, right: Right) -> str:  # noqa: PLR0911 (a line a cause)
    cause = _cause_of_absence(case)
    if cause:
        return cause
    if right.email.endswith(".invalid"):
        return "erased"
    if not _ADDRESS.fullmatch(right.email):
        return "bad_address" if right.email else "no_address"
    if right.owner:
        return "ownership"
    if case.client and case.client.closed:
        return "closed_account"
    mine = [invitation for invitation in case.invitations if invitation.email == right.email]
    if mine:
        return "invited" if any(invitation.fresh for invitation in mine) else "invite_expired"
    if right.unread:
        return "unread_flags"
    if right.ignored and right.ignored.issuperset(right.before):
        return "ignored_flags"
    if excess(right.before, right.allowed):
        return "twins"
    return "not_made" if right.before else "no_rights"


def _cause_of_absence(case: Case) -> str:
    """Say why the whole account is not there; "" where it is."""
    if case.client is None:
        return "no_client"
    if case.target:
        return ""
    if case.client.closed:
        return "closed_account"
    if case.client.owner.endswith(".invalid"):
        return "erased"
    return "account_undecided" if case.doubts else "account_missing"


def _cause_of_less(right: Right, lost: Permissions, after: Permissions) -> str:
    if right.ignored.issuperset(lost):
        return "unread_flags" if right.unread else "ignored_flags"
    return "narrowed" if excess(right.allowed, after) else "twins"


# --- the account itself ----------------------------------------------------------------------


def _sign_in(case: Case) -> Iterator[Remark]:
    """Nobody could sign in to a closed account, so in an open one everybody gains."""
    if case.client and case.client.closed and not case.counterpart.closed:
        people = sorted({*case.owners, *(member.email for member in case.members)})
        more = f" and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
        detail = f"people there: {', '.join(people[:_SHOWN]) or 'nobody'}{more}"
        yield Remark("gained_sign_in", case.account, case.client.owner, detail=detail)


# --- owners ---------------------------------------------------------------------------------


def _owners(case: Case, known: dict[str, Right]) -> Iterator[Remark]:
    wanted = case.client.owner if case.client else ""
    owners = sorted(set(case.owners))
    legacy_owner = f"legacy owner {wanted or '(no address)'}"
    if not case.owners:
        yield Remark("no_owner", case.account, wanted, detail=legacy_owner)
    if len(case.owners) > 1:
        detail = f"{legacy_owner}, owners {', '.join(case.owners)}"
        yield Remark("two_owners", case.account, wanted, detail=detail)
    for owner in owners:
        if owner != wanted or not wanted:
            right = known.get(owner)
            was = _words_of(right.before) if right else "nobody on this account"
            gained = excess(ALL, right.before if right else ())
            yield Remark("wrong_owner", case.account, owner, gained, f"{legacy_owner}; was {was}")
        if any(member.email == owner for member in case.members):
            yield Remark("owner_as_member", case.account, owner)


def _words_of(held: Permissions) -> str:
    return f"a sub-account with {', '.join(held) or 'no right'}"


# --- members nobody can explain -------------------------------------------------------------


def _strangers(case: Case, known: dict[str, Right], positions: list[Position]) -> Iterator[Remark]:
    absent = [
        position for position in positions if position.state in (State.MISSING, State.WAITING)
    ]
    for member in case.members:
        right = known.get(member.email)
        if right is None:
            hint = _hint(case, member, absent)
            yield Remark("gained_access", case.account, member.email, member.permissions, hint)
            continue
        if right.owner:
            continue
        gained = excess(member.permissions, right.allowed)
        if gained:
            each_stood = not excess(member.permissions, right.before)
            detail = "each was on one of several rows, not on all" if each_stood else ""
            yield Remark("gained_right", case.account, member.email, gained, detail)


def _hint(case: Case, member: ObservedMember, absent: list[Position]) -> str:
    """Name those whose place a stranger may have taken: the missing, invited people first."""
    invited = {invitation.email for invitation in case.invitations}
    places = sorted(
        (place for place in absent if place.email),
        key=lambda place: (
            place.email not in invited,
            place.allowed != member.permissions,
            place.email,
        ),
    )
    hints = [
        f"{place.email} ({'invited' if place.email in invited else 'missing'}"
        f"{', the same rights' if place.allowed == member.permissions else ''})"
        for place in places[:_SHOWN]
    ]
    marks = {is_login(row.mark) for row in case.rows if row.email == member.email}
    plain = "a contact without login in legacy" if False in marks else ""
    unclear = "its legacy row does not say whether it is a login" if None in marks else ""
    taken = f"in the place of {' or '.join(hints)}?" if hints else ""
    return "; ".join(part for part in (plain, unclear, taken) if part)


# --- invitations ----------------------------------------------------------------------------


def _invitations(case: Case, known: dict[str, Right]) -> Iterator[Remark]:
    """Judge what would be gained by every one that waits: who has the link may accept it.

    That may be somebody else than who it was sent to, who may be a member or the owner already. One
    that expired gives nothing to anybody, nor does one of the journal's whose person is there now:
    it was accepted.
    """
    people = {member.email for member in case.members} | set(case.owners)
    for invitation in case.invitations:
        if not invitation.fresh or (invitation.email in people and not invitation.listed):
            continue
        right = known.get(invitation.email)
        if right is None:
            needless = "no legacy right on this account"
        elif right.owner or invitation.email in case.owners:
            needless = "the owner needs none"
        else:
            needless = ""
        allowed = right.allowed if right and not needless else ()
        gained = excess(invitation.permissions, allowed)
        if gained or needless:
            yield Remark("invite_widens", case.account, invitation.email, gained, needless)


def _unbound(case: Case) -> Iterator[Remark]:
    cause = _cause_of_absence(case)
    if case.client is not None:
        rule = "account_undecided" if cause == "account_undecided" else "missing_account"
        detail = f"{case.client.name}: {CAUSES[cause]}"
        yield Remark(rule, case.account, case.client.owner, detail=detail)
