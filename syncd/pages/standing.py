"""How a person stands on an account now, in plain words: by the plan and what was done since."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from syncd.journal.glance import PastChange
from syncd.model.catalogue import CATALOGUE
from syncd.model.change import Change, Verb
from syncd.model.invitation import Life, expiry, life_of
from syncd.model.permission import ALL, Permissions, permissions
from syncd.model.resources import Invite, Membership
from syncd.model.roles import Roles
from syncd.model.verdict import Word
from syncd.pages.rows import MemberOnFile
from syncd.report import words

# How each stands, the first first, and the word for it.
WORDS = {
    "owner": "owner",
    "member": "can log in",
    "invited": "invited",
    "next": "not yet",
    "waits": "waits",
    "none": "no login",
}


_THEN = {
    "invited": "Nothing yet. Once the invitation is accepted:",
    "next": "Nothing yet. Once they are in:",
    "waits": "Nothing yet. If it is decided so:",
}


class PlainRight(msgspec.Struct, frozen=True):
    """A permission in plain words."""

    key: str
    words: str
    tier: str


class PersonStanding(msgspec.Struct, frozen=True):
    """One person on one account; `state` is a key of `WORDS`."""

    email: str
    account: str
    key: str
    state: str
    why: str
    label: str = ""
    rights: tuple[PlainRight, ...] = ()
    before: str = ""  # what the legacy rows gave, where that is something else
    invite: Invite | None = None
    life: str = ""

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def then(self) -> str:
        """Say when the rights hold, "" where they do now: nobody may take a promise for a right."""
        return _THEN.get(self.state, "")

    @property
    def holds_all(self) -> bool:
        return {right.key for right in self.rights} >= set(ALL)


class Judge(msgspec.Struct, frozen=True):
    """Says how members stand; `made` since the plan and `invites` of the journal are by key."""

    roles: Roles
    now: datetime
    made: Mapping[str, PastChange]
    invites: Mapping[str, Invite]

    def standing(self, member: MemberOnFile) -> PersonStanding:
        if member.is_owner:
            return self._said(member, "owner", "The owner of the account, who may do all.", ALL)
        past = self.made.get(member.key)
        return self._by_plan(member) if past is None else self._by_change(member, past.change)

    def _by_change(self, member: MemberOnFile, change: Change) -> PersonStanding:
        """Say how a change left somebody that a run made since the plan."""
        if not isinstance(change.after, Membership):
            return self._said(member, "none", "The access was removed since the last plan.")
        held = change.after.permissions
        if change.sends_mail:
            return self._invited(member, held)
        return self._said(member, "member", "", held)

    def _by_plan(self, member: MemberOnFile) -> PersonStanding:
        if member.has is None:
            return self._outside(member)
        held = permissions(member.has)
        if member.invitation:
            return self._invited(member, held)
        if member.unread:
            return self._said(member, "member", _UNREAD, permissions(member.wanted or ()))
        return self._said(member, "member", _intended(member), held)

    def _invited(self, member: MemberOnFile, held: Permissions) -> PersonStanding:
        invite = self.invites.get(member.key) or _invite(member.invitation)
        if invite is None:
            return self._said(member, "invited", "Invited; has not accepted yet.", held)
        life = life_of(invite, self.now)
        why = _LIVES[life].format(
            sent=f"{invite.sent_at:%Y-%m-%d}", until=f"{expiry(invite):%Y-%m-%d %H:%M}"
        )
        standing = self._said(member, "invited", why, held)
        return msgspec.structs.replace(standing, invite=invite, life=str(life))

    def _outside(self, member: MemberOnFile) -> PersonStanding:
        """Say why somebody is not in the target."""
        wanted = permissions(member.wanted or ())
        if member.verdict == Word.APPLY:
            return self._said(member, "next", "The next run that applies lets them in.", wanted)
        if member.verdict == Word.HOLD:
            return self._said(member, "waits", ended(f"Held: {words.why(member.rule)}"), wanted)
        code = CATALOGUE.get(member.open_finding)
        why = (
            code.sentence
            if code
            else "No login is made: by policy, a decision, or for lack of a usable address."
        )
        return self._said(member, "none", why)

    def _said(
        self, member: MemberOnFile, state: str, why: str, held: Permissions = ()
    ) -> PersonStanding:
        before = permissions(member.legacy)
        is_other = bool(member.legacy) and state != "owner" and before != held
        return PersonStanding(
            member.email,
            member.account,
            member.key,
            state,
            why,
            self.roles.label(held) if held else "",
            tuple(
                PlainRight(key, risk.words, risk.tier)
                for key in held
                if (risk := self.roles.risk(key))
            ),
            ", ".join(before) or "nothing" if is_other else "",
        )


def _intended(member: MemberOnFile) -> str:
    """Say what the plan would do to a member, "" where nothing."""
    if not member.verb:
        return ""
    what = "take the access away" if member.verb == Verb.REMOVE else "change the rights"
    if member.verdict == Word.APPLY:
        return f"The next run that applies will {what}."
    return ended(f"syncd would {what}; held: {words.why(member.rule)}")


def ended(sentence: str) -> str:
    """Give a sentence with the one full stop that it ends in."""
    return f"{sentence.rstrip('.')}."


def _invite(text: str) -> Invite | None:
    return msgspec.json.decode(text, type=Invite) if text else None


_UNREAD = "A member. The last plan had no need to read the rights; these are the intended ones."
_LIVES = {
    Life.WAITING: "Invited on {sent}; has not accepted yet. The link is good until {until} UTC.",
    Life.EXPIRING: "Invited on {sent} and has not accepted. The link ends {until} UTC: phone them.",
    Life.UNCONFIRMED: "An invitation may have been mailed on {sent}; no answer says that it was.",
    Life.EXPIRED: "Invited on {sent}; the link expired on {until} UTC and nobody accepted it.",
    Life.WITHDRAWN: "The invitation of {sent} was cancelled, or somebody else accepted it.",
}
