"""The certificate for people: verdict, sums, then what fails, what is lost, what is reported."""

import textwrap
from collections.abc import Callable, Iterator

import msgspec

from syncd.ports import Provenance
from syncd.verify.certificate import Certificate, Conclusion, Position, Remark, State
from syncd.verify.certify import positions, remarks
from syncd.verify.rules import CAUSES, RULES
from syncd.verify.scratch import Scratch

WIDTH = 100
NAMED = 10  # of each rule and cause; all are in the JSON
_MARGIN = 11
_UNHARMED = (State.OWNER, State.SAME)


class CertificateHeader(msgspec.Struct, frozen=True):
    """When, by which syncd, and of which target a certificate was made."""

    made_at: str
    syncd: str
    origin: str


def render(certificate: Certificate, header: CertificateHeader, scratch: Scratch) -> Iterator[str]:
    """Yield lines of at most WIDTH characters, but for names that are longer."""
    yield from _verdict(certificate)
    yield ""
    yield from _wrapped("Made", f"{header.made_at} by syncd {header.syncd}")
    for source in certificate.sources:
        yield from _wrapped("Source", _source(source))
    yield from _wrapped("Target", f"{certificate.target}: {header.origin}")
    yield from _sums(certificate)
    for title, fails in (("Fails", True), ("Reported", False)):
        names = [name for name in certificate.rules if RULES[name].fails is fails]
        yield from _remarks(title, names, certificate, scratch)
        if fails:
            yield from _lost(certificate, scratch)


def _verdict(certificate: Certificate) -> Iterator[str]:
    logins = certificate.logins
    total = sum(logins.values())
    as_before = sum(logins[state] for state in _UNHARMED)
    if certificate.verdict is Conclusion.PASS:
        yield "PASS  Nobody gains a right: no login can do more than its legacy rows gave."
    else:
        number = sum(many for name, many in certificate.rules.items() if RULES[name].fails)
        yield f"FAIL  Somebody gains a right, or may do so: {number:,} to look at, see Fails."
    yield f"      {as_before:,} of {total:,} logins can do exactly what they could before."


def _source(source: Provenance) -> str:
    version = f", WHMCS {source.version}" if source.version else ""
    taken = f", taken {source.taken_at}" if source.taken_at else ""
    counts = f"{source.clients:,} clients, {source.contacts:,} contacts"
    return f"{source.source}: {source.kind} {source.origin}{version}{taken}, {counts}"


def _sums(certificate: Certificate) -> Iterator[str]:
    accounts, contacts = certificate.accounts, certificate.contacts
    members = certificate.members
    states = " + ".join(f"{number:,} {state}" for state, number in certificate.logins.items())
    yield from _wrapped("Logins", f"{sum(certificate.logins.values()):,} = {states}")
    yield from _wrapped(
        "Accounts",
        f"{accounts['legacy']:,} legacy = {accounts['paired']:,} paired + "
        f"{accounts['undecided']:,} undecided + {accounts['missing']:,} missing; "
        f"{accounts['outside']:,} others in the target",
    )
    yield from _wrapped(
        "Members",
        f"{members['judged']:,} judged, {members['outside']:,} on other accounts, "
        f"{members['gone']:,} disappeared while being read",
    )
    yield from _wrapped(
        "Contacts",
        f"{contacts['kept'] + contacts['lost']:,} legacy = {contacts['kept']:,} kept + "
        f"{contacts['lost']:,} lost; {contacts['added']:,} others in the target",
    )
    moved = [
        f"{name} {counts['lost']:,} lost {counts['gained']:,} gained"
        for name, counts in certificate.mail.items()
        if any(counts.values())
    ]
    yield from _wrapped(
        "Mail", ", ".join(moved) or "every contact's address gets the same mail as before"
    )


def _remarks(
    title: str, names: list[str], certificate: Certificate, scratch: Scratch
) -> Iterator[str]:
    for name in sorted(names):
        rule, number = RULES[name], certificate.rules[name]
        yield ""
        yield from _wrapped(title, f"{number:,} x {name}: {rule.sentence} {rule.advice}")
        yield from _some(remarks(scratch, name, NAMED), _remark, number)


def _lost(certificate: Certificate, scratch: Scratch) -> Iterator[str]:
    for cause, number in certificate.causes.items():
        yield ""
        title = "Pending" if cause == "invited" else "Lost"
        yield from _wrapped(title, f"{number:,} x {cause}: {CAUSES[cause]}.")
        yield from _some(positions(scratch, cause, NAMED), _position, number)


def _some(items: Iterator[object], words: Callable[..., str], number: int) -> Iterator[str]:
    for item in items:
        yield from _wrapped("", f"- {words(item)}")
    if number > NAMED:
        yield from _wrapped("", f"and {number - NAMED:,} more in certificate.json")


def _remark(remark: Remark) -> str:
    who = " ".join(part for part in (remark.account, remark.email) if part)
    what = ", ".join(remark.what)
    words = "; ".join(part for part in (what, remark.detail) if part)
    return f"{who}: {words}" if who and words else who or words


def _position(position: Position) -> str:
    who = f"{position.account} {position.email or '(no address)'}"
    if position.was == "owner":
        return f"{who}: the owner, {position.state}"
    less = ", ".join(position.lost) or "no permission"
    unread = f"; not read: {', '.join(position.unread)}" if position.unread else ""
    return f"{who}: {less}{unread}"


def _wrapped(label: str, words: str) -> list[str]:
    head = label.ljust(_MARGIN)
    return textwrap.wrap(
        _visible(words),
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * (_MARGIN + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _visible(words: str) -> str:
    """Spell out characters that would act on a terminal instead of showing."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in words
    )
