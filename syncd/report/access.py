"""Who can do what, before and after: one row a legacy sub-account login.

What a login comes to depends on its situation alone, of which there are few: each is judged once,
and the engine gives every login its own.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from syncd.decide.rules import Rule, rule_in
from syncd.model.flags import combined
from syncd.model.permission import NONE, Permissions
from syncd.model.verdict import Word
from syncd.report.census import SAMPLE
from syncd.report.facts import Access
from syncd.report.lines import json_line
from syncd.report.words import Mark, marked
from syncd.workspace.workspace import Workspace

LOGINS = 1000  # that a page can show; access.csv has them all

Labelling = Callable[[Permissions], str]  # names a set of permissions: see `Roles.label`

_SHOWN = ("wider", "narrower", "waits", "excluded")  # states that a person wants to see, in order
RANKS = {state: rank for rank, state in enumerate((*_SHOWN, "same", "owner"))}
_OUTCOME = slice(Access.__struct_fields__.index("before"), None)
_MARKS: tuple[Mark, ...] = ("L", "G", "W")  # lost, gained, waiting
_COLUMNS = ", ".join(f'"{name}"' for name in Access.__struct_fields__)


def accesses(workspace: Workspace, people: Sequence[str] | None = None) -> Iterator[Access]:
    """Yield every login that was weighed, by account and address; or those of some people."""
    some = "" if people is None else "WHERE email IN (SELECT unnest($1))"
    yield from _read(workspace, f"FROM accesses {some} ORDER BY rowid", [people] if some else [])


def _read(workspace: Workspace, query: str, parameters: Sequence[object]) -> Iterator[Access]:
    for row in workspace.values(Access, f"SELECT {_COLUMNS} {query}", parameters):
        yield msgspec.structs.replace(row, before=tuple(row.before), after=tuple(row.after))


class LoginCount(msgspec.Struct, frozen=True):
    """How many logins come to the same."""

    before: list[str]
    after: list[str]
    state: str
    password: str
    password_after: str
    label: str
    number: int

    @property
    def held(self) -> Permissions:
        """What a login holds after this plan, or waits to hold."""
        return tuple(self.before if self.state == "waits" else self.after)

    @property
    def loses(self) -> bool:
        """See `Access.loses`."""
        return self.state in ("narrower", "wider") and not set(self.before) <= set(self.after)


class LoginCensus:
    """The logins of a plan in numbers, and a sample of those whose access does not stay the same.

    Gains come first: in the order of accounts a sample could hide one.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.counts = list(workspace.values(LoginCount, _COUNTS))
        ranks = [*RANKS]
        self.shown = tuple(_read(workspace, _FIRST, [ranks, LOGINS]))
        self.sample = tuple(each for each in self.shown if each.state in _SHOWN)[:SAMPLE]

    @property
    def total(self) -> int:
        return sum(each.number for each in self.counts)

    @property
    def losing(self) -> int:
        return sum(each.number for each in self.counts if each.loses)

    def by(self, name: str) -> dict[str, int]:
        """Count the logins by a field of `LoginCount`, in the order in which they come."""
        numbers = Counter[str]()
        for each in self.counts:
            numbers[getattr(each, name)] += each.number
        return dict(numbers)


# Of access.csv.
TABLE = """
    SELECT * REPLACE (array_to_string("before", ' ') AS "before",
                      array_to_string("after", ' ') AS "after") FROM accesses
"""
_COUNTS = """
    SELECT "before", "after", state, password, password_after, label, count(*) AS number
    FROM accesses GROUP BY "before", "after", state, password, password_after, label
    ORDER BY min(rowid)
"""
_FIRST = """
    FROM accesses WHERE list_contains($1, state) ORDER BY list_position($1, state), rowid LIMIT $2
"""


# --- what a situation comes to ----------------------------------------------------------------


class Situation(msgspec.Struct, frozen=True):
    """All that decides what becomes of a login; see `_SITUATIONS`."""

    rows: list[list[str]]  # permissions of each legacy row
    passwords: list[str]  # the kind of each
    is_owner: bool
    user: str  # `observed` in the target, `made` by this plan, with a password `carried`, or ""
    desired: Permissions | None  # None where it has no membership
    observed: Permissions | None  # nor an invitation
    verdict: str  # "" where nothing is to change
    rule: str
    open_finding: str
    left_out: str = ""  # why convert made nothing of it: the code of a finding, or words


def weigh(workspace: Workspace, label: Labelling) -> None:
    """Note of every legacy sub-account login what it could do, and what it can after this plan.

    What it could do is what its legacy rows say, whatever convert made of them.
    """
    if not workspace.has("contacts"):
        return
    workspace.execute(_LOGINS)
    workspace.execute(_SITUATIONS)
    decode = msgspec.json.Decoder(Situation).decode
    with workspace.sink("outcomes") as sink:
        for met in workspace.values(_Met, "SELECT DISTINCT situation FROM situations"):
            login = _weighed(decode(met.situation), label)
            marks = [" ".join(marked(login, letter)) for letter in _MARKS]
            sink.add((met.situation, *msgspec.structs.astuple(login)[_OUTCOME], *marks))
    workspace.execute(_ACCESSES)


class _Met(msgspec.Struct, frozen=True):
    situation: str  # as JSON


def _weighed(situation: Situation, label: Labelling) -> Access:
    """Give what any login in this situation comes to, of nobody in particular."""
    before = combined(situation.rows)
    after, state, why = _after(situation, before)
    return Access(
        account="",
        account_name="",
        email="",
        before=before,
        after=after,
        state=state,
        why=why,
        password=" ".join(sorted(set(situation.passwords))),
        password_after=_password_after(situation, state),
        label=label(before),
    )


def _password_after(login: Situation, state: str) -> str:
    """Name what becomes of a password, see `words.PASSWORDS`."""
    if login.user == "observed":
        return "kept"
    if state in ("waits", "excluded"):
        return "none"
    if login.user == "carried":
        return "carried"
    if login.user == "made":
        return "reset"
    return "none" if state == "owner" else "set"  # an owner's user comes with the account


def _after(  # noqa: PLR0911 (a line a state)
    login: Situation, before: Permissions
) -> tuple[Permissions, str, str]:
    """Give what a login can do after this plan, its state, and why it is that."""
    now = login.observed or NONE
    if login.is_owner:
        return before, "owner", "owns the account"
    rule = rule_in(login.rule)
    if rule in (Rule.DECIDED, Rule.EXCLUDED):
        who = "the config" if rule is Rule.EXCLUDED else "a decision"
        return now, "excluded", f"left out by {who}"
    if login.verdict == Word.HOLD and rule not in {Rule.WAVE, Rule.SILENT_WAVE}:
        return now, "waits", login.rule
    if login.desired is None and login.open_finding:
        return now, "waits", login.open_finding
    if login.desired is None and login.observed is None:
        return NONE, "excluded", login.left_out or "left out by policy or a decision"
    after = now
    if login.verdict:
        after = login.desired or NONE
    lost = set(before) - set(after)
    gained = set(after) - set(before)
    state = "wider" if gained else "narrower" if lost else "same"
    if login.verdict and login.desired is None:
        return after, state, "this plan removes the membership"
    return after, state, "" if state == "same" else "differs from the legacy rows"


# --- what the workspace knows of a login ------------------------------------------------------

_LOGINS = """
    INSERT INTO login_rows BY NAME
    SELECT l.key, l.account, coalesce(k.label, '') AS account_name,
           address_of(l.identity) AS email, l.rows, l.passwords,
           coalesce(l.identity = k.identity OR l.identity = o.email, FALSE) AS is_owner,
           CASE WHEN u.key IS NOT NULL THEN 'observed' WHEN a.carried THEN 'carried'
                WHEN n.key IS NOT NULL OR a.email IS NOT NULL THEN 'made'
                WHEN is_owner AND c.key IS NOT NULL THEN 'made' ELSE ''
           END AS user
    FROM (SELECT key, account, identity,
                 string_agg(to_json(permissions), ',') AS rows,
                 string_agg(to_json(password), ',') AS passwords
          FROM logins GROUP BY key, account, identity) l
    LEFT JOIN clients k ON ref_of(k.source, k.client_id) = l.account
    LEFT JOIN matched o ON o.kind = 'account' AND o.key = account_key(l.account)
    LEFT JOIN (FROM matched WHERE kind = 'user') u ON u.key = user_key(l.identity)
    LEFT JOIN (FROM changes WHERE kind = 'account' AND verdict = 'apply') c
           ON c.key = account_key(l.account)
    LEFT JOIN (FROM changes WHERE kind = 'user' AND verdict = 'apply') n
           ON n.key = user_key(l.identity)
    LEFT JOIN (SELECT email, bool_or(attach ->> '$.password.contact' IS NOT NULL) AS carried
               FROM changes WHERE attach IS NOT NULL AND verdict = 'apply' GROUP BY email) a
           ON a.email = l.identity
"""
_SITUATION = json_line(
    {
        "rows": "'[', l.rows, ']'",
        "passwords": "'[', l.passwords, ']'",
        "is_owner": "l.is_owner",
        "user": "to_json(l.user)",
        "desired": "coalesce(d.body -> '$.permissions', 'null')",
        "observed": "coalesce(m.body -> '$.permissions', 'null')",
        "verdict": "to_json(coalesce(c.verdict, ''))",
        "rule": "to_json(coalesce(c.rule, ''))",
        "open_finding": "to_json(coalesce(f.code, ''))",
        "left_out": "to_json(coalesce(x.why, ''))",
    }
)
# It is said of the login, its row, its person or its account.
_LEFT_OUT = """
    SELECT key, min_by(CASE answer WHEN 'leave' THEN 'left out by a decision' ELSE code END,
                       (answer <> 'leave')::VARCHAR || code) AS why
    FROM (
        SELECT key, unnest([
                   membership_key(account, address_of(identity)), contact_key(contact),
                   user_key(identity), account_key(account)
               ]) AS scope
        FROM logins ANTI JOIN (SELECT key FROM desired WHERE kind = 'membership') USING (key)
    ) JOIN findings USING (scope)
    WHERE answer = 'leave' OR code IN (
        'login_without_email', 'orphan_contact', 'erased_person', 'suppressed_person',
        'excluded_by_policy', 'closed_account', 'closed_account_people'
    )
    GROUP BY key
"""
# A step of its own: joins of millions each want memory of their own.
_SITUATIONS = f"""
    INSERT INTO situations BY NAME
    SELECT l.key, l.account, l.account_name, l.email,
           {_SITUATION} AS situation
    FROM login_rows l
    LEFT JOIN (FROM desired WHERE kind = 'membership') d USING (key)
    LEFT JOIN (FROM matched WHERE kind = 'membership') m USING (key)
    LEFT JOIN (FROM changes WHERE kind = 'membership') c USING (key)
    LEFT JOIN (SELECT scope AS key, min(code) AS code FROM findings
               WHERE severity <> 'note' AND answer = '' AND kind_of(scope) = 'membership'
               GROUP BY scope) f USING (key)
    LEFT JOIN ({_LEFT_OUT}) x USING (key)
"""
_ACCESSES = """
    INSERT INTO accesses BY NAME
    SELECT s.account, s.account_name, s.email, o.* EXCLUDE (situation)
    FROM situations s JOIN outcomes o USING (situation) ORDER BY s.key
"""
