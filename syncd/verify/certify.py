"""`certify`: read both sides, judge account by account, look at people across accounts, add up."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from syncd.model.decision import Decision
from syncd.model.policy import AccountRule, MappedAccount
from syncd.model.remembered import BoundKey
from syncd.model.resources import PREFERENCES, Invite
from syncd.ports import Source, TargetReader
from syncd.verify import across, reading
from syncd.verify.access import judge_access
from syncd.verify.case import (
    Address,
    Case,
    Client,
    Counterpart,
    ObservedMember,
    PendingInvitation,
    Row,
)
from syncd.verify.certificate import Certificate, Conclusion, Position, Remark, State
from syncd.verify.mail import judge_contacts
from syncd.verify.meaning import Words
from syncd.verify.pairing import pair_accounts
from syncd.verify.rules import RULES
from syncd.verify.scratch import Scratch, ScratchSink
from syncd.verify.spelling import taken_for
from syncd.verify.unions import Unions

_encode = msgspec.json.Encoder().encode


class Known(msgspec.Struct, frozen=True):
    """What config and journal say: rules of matching, settled pairs, decisions."""

    matches: Mapping[str, AccountRule]
    mapping: Iterable[MappedAccount] = ()
    bindings: Iterable[BoundKey] = ()  # of the journal, by keys like `account:legacy/17`
    invites: Iterable[Invite] = ()
    decisions: Sequence[Decision] = ()


def certify(
    scratch: Scratch, sources: Sequence[Source], reader: TargetReader, words: Words, known: Known
) -> Certificate:
    """Compare and give the certificate; positions and remarks are in the scratch file after it.

    Reads only. Raises what the sides raise: a read that is not complete gives no certificate.
    """
    unions = Unions(known.decisions)
    _read(scratch, sources, reader, known, unions)
    tally = _judge(scratch, words, unions.holding())
    scratch.settle()
    across.judge_people(scratch)
    accounts, members = across.account_counts(scratch), across.member_counts(scratch)
    logins = {state.value: 0 for state in State} | scratch.counts(_LOGINS)
    imbalances = tuple(across.imbalances(scratch, logins, tally))
    across.remark_on_whole(scratch, accounts, imbalances)
    rules = scratch.counts("SELECT rule, count(*) FROM remarks GROUP BY rule ORDER BY rule")
    fails = any(RULES[name].fails for name in rules)
    return Certificate(
        verdict=Conclusion.FAIL if fails else Conclusion.PASS,
        target=reader.name,
        sources=tuple(source.provenance() for source in sources),
        logins=logins,
        causes=scratch.counts(_CAUSES),
        rules=rules,
        accounts=accounts,
        members=members,
        contacts={name: tally[name] for name in ("kept", "lost", "added")},
        mail={
            name: {side: tally[f"{name} {side}"] for side in ("lost", "gained")}
            for name in PREFERENCES
        },
        imbalances=imbalances,
    )


def _read(
    scratch: Scratch,
    sources: Sequence[Source],
    reader: TargetReader,
    known: Known,
    unions: Unions,
) -> None:
    """Read both sides: the permissions of members come last, once it is known whose matter."""
    reading.read_legacy(scratch, sources, unions, taken_for(known.decisions))
    scratch.settle()
    reading.read_target(scratch, reader)
    scratch.settle()
    reading.read_known(scratch, known.mapping, known.bindings, known.invites)
    pair_accounts(scratch, known.matches)
    reading.read_permissions(scratch, reader)
    scratch.settle()


_LOGINS = "SELECT state, count(*) FROM positions GROUP BY state"
_CAUSES = """
    SELECT cause, count(*) AS number FROM positions WHERE cause <> ''
    GROUP BY cause ORDER BY number DESC, cause
"""


def positions(
    scratch: Scratch, cause: str | None = None, most: int | None = None
) -> Iterator[Position]:
    """Yield positions as they were judged: by account, its owner first; all or those of a cause."""
    decode = msgspec.json.Decoder(Position).decode
    query = """
        SELECT body FROM positions WHERE $1::TEXT IS NULL OR cause = $1 ORDER BY rowid LIMIT $2
    """
    for (body,) in scratch.stream(query, [cause, most]):
        yield decode(body)


def remarks(scratch: Scratch, rule: str | None = None, most: int | None = None) -> Iterator[Remark]:
    """Yield remarks by rule, account and address, all or those of one rule, all or the first."""
    query = """
        SELECT * FROM remarks WHERE $1::TEXT IS NULL OR rule = $1
        ORDER BY rule, account, email, what, detail LIMIT $2
    """
    for name, account, email, what, detail in scratch.stream(query, [rule, most]):
        yield Remark(name, account, email, tuple(what.split()), detail)


# --- case by case ---------------------------------------------------------------------------


def _judge(scratch: Scratch, words: Words, united: Container[str]) -> Counter[str]:
    """Judge every account; gives the counts that are made on the way."""
    tally: Counter[str] = Counter()
    with scratch.sink("positions") as positions, scratch.sink("remarks") as remarked:
        for case in _cases(scratch):
            for item in judge_access(case, words, united):
                if isinstance(item, Position):
                    body = _encode(item).decode()
                    positions.add(item.account, item.email, item.was, item.state, item.cause, body)
                else:
                    _add(remarked, item)
            kept, about = judge_contacts(case)
            for remark in about:
                _add(remarked, remark)
            tally += Counter(kept=kept.kept, lost=kept.lost, added=kept.added)
            tally.update({f"{name} lost": number for name, number in kept.mail_lost.items()})
            tally.update({f"{name} gained": number for name, number in kept.mail_gained.items()})
            tally["members"] += len(case.members)
    return tally


def _add(sink: ScratchSink, remark: Remark) -> None:
    what = " ".join(remark.what)
    sink.add(remark.rule, remark.account, remark.email, what, remark.detail)


_FACTS = """
    CREATE TABLE facts AS
    SELECT account, 'target' AS kind, target AS body FROM pairs
    UNION ALL SELECT account, 'doubts', number::TEXT FROM doubts
    UNION ALL SELECT account, kind, body FROM legacy
    UNION ALL SELECT p.account, 'owner', t.email FROM target t JOIN pairs p ON p.target = t.account
              WHERE t.kind = 'owner'
    UNION ALL SELECT p.account, t.kind, t.body FROM target t JOIN pairs p ON p.target = t.account
              WHERE t.kind IN ('account', 'address', 'invitation')
    UNION ALL SELECT p.account, 'member', h.body FROM held h JOIN pairs p ON p.target = h.account
    UNION ALL SELECT account, 'invitation', body FROM sent
              WHERE account IN (SELECT account FROM pairs)
"""


def _cases(scratch: Scratch) -> Iterator[Case]:
    """Yield one account after the other, with all that both sides say about it.

    Gathered first and ordered then, by the account alone: the rest is sorted here, one account at
    a time, so that no sort ever holds bodies of all of them as its keys.
    """
    scratch.con.execute(_FACTS)
    scratch.settle()
    ordered = scratch.stream("SELECT account, kind, body FROM facts ORDER BY account")
    for account, facts in groupby(ordered, key=itemgetter(0)):
        case = Case(account)
        for _, kind, body in sorted(facts):
            _take(case, kind, body)
        yield case


def _take(case: Case, kind: str, body: str) -> None:
    match kind:
        case "target":
            case.target = body
        case "account":
            case.counterpart = msgspec.json.decode(body, type=Counterpart)
        case "doubts":
            case.doubts = int(body)
        case "client":
            case.client = msgspec.json.decode(body, type=Client)
        case "contact":
            case.rows.append(msgspec.json.decode(body, type=Row))
        case "owner":
            case.owners.append(body)
        case "member":
            case.members.append(msgspec.json.decode(body, type=ObservedMember))
        case "address":
            case.addresses.append(msgspec.json.decode(body, type=Address))
        case "invitation":
            case.invitations.append(msgspec.json.decode(body, type=PendingInvitation))
