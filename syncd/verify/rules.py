"""The two tables of the certificate: what fails it and what is told, and why something is lost."""

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """`fails`: one remark of it and the verdict is FAIL."""

    fails: bool
    sentence: str
    advice: str


RULES = {
    "gained_right": Rule(
        fails=True,
        sentence="A member may do more than every legacy row of that person on that account gave.",
        advice="Take the permissions away, or have the owner confirm them.",
    ),
    "gained_access": Rule(
        fails=True,
        sentence="A member has no legacy right on this account.",
        advice="Ask the owner whether this person was invited; else remove the membership.",
    ),
    "combined_reach": Rule(
        fails=True,
        sentence="One user has its own legacy rights and somebody else's as well.",
        advice="Find out whose invitation this person accepted, or whose address was changed.",
    ),
    "invite_widens": Rule(
        fails=True,
        sentence="An invitation that waits would give more than the legacy rows did.",
        advice="Cancel it in the Admin Area, tab Users of the client.",
    ),
    "wrong_owner": Rule(
        fails=True,
        sentence="The account is owned by somebody else than in legacy.",
        advice="Check the ownership request; if there is none, give the account back.",
    ),
    "no_owner": Rule(
        fails=True,
        sentence="The account has no owner.",
        advice="Make the legacy owner the owner in the Admin Area.",
    ),
    "two_owners": Rule(
        fails=True,
        sentence="The account has several owners.",
        advice="Keep the legacy owner and remove the others in the Admin Area.",
    ),
    "owner_as_member": Rule(
        fails=True,
        sentence="The owner is a member of the same account as well.",
        advice="Remove the membership; the ownership stays.",
    ),
    "gained_mail": Rule(
        fails=True,
        sentence="Mail of the account goes to an address that did not get it in legacy.",
        advice="Ask the owner whether this contact is wanted; product mails hold login details.",
    ),
    "accounts_united": Rule(
        fails=True,
        sentence="Several legacy accounts have become one account in the target.",
        advice="Part them: everybody on one of them reaches them all.",
    ),
    "account_undecided": Rule(
        fails=True,
        sentence="It is not certain which account of the target is this legacy account.",
        advice="Name the pair in accounts.mapping; until then nobody on it can be judged.",
    ),
    "nothing_compared": Rule(
        fails=True,
        sentence="No legacy account has a counterpart in the target: there is nothing to certify.",
        advice="Check accounts.match, and that source and target belong together.",
    ),
    "counts_differ": Rule(
        fails=True,
        sentence="What was read and what was judged do not add up.",
        advice="Do not rely on this certificate; report this.",
    ),
    "missing_account": Rule(
        fails=False,
        sentence="A legacy account is not in the target.",
        advice="Closed accounts are left out by default; else see the plan.",
    ),
    "lost_contact": Rule(
        fails=False,
        sentence="A legacy contact is not in the target.",
        advice="Add it, or see the plan for why it is held.",
    ),
    "lost_mail": Rule(
        fails=False,
        sentence="An address does not get mail any more that it got in legacy.",
        advice="Tick the preferences of the contact.",
    ),
    "unclear_mark": Rule(
        fails=False,
        sentence="A legacy row says neither yes nor no to being a login; read as no.",
        advice="Correct the row in the legacy system.",
    ),
    "several_accounts": Rule(
        fails=False,
        sentence="One user now reaches several accounts that had a login each in legacy.",
        advice="Nothing, if the address belongs to one person.",
    ),
    "several_spellings": Rule(
        fails=False,
        sentence="Legacy addresses that are spelt differently are taken for one person.",
        advice="Look whether they are one mailbox.",
    ),
    "twin_users": Rule(
        fails=False,
        sentence="Two users of the target have one address; their rights are taken together.",
        advice="Ask WHMCS support: addresses of users ought to be unique.",
    ),
    "outside": Rule(
        fails=False,
        sentence="A person of the legacy system is on an account that is not from there.",
        advice="Not judged: no legacy row speaks of that account.",
    ),
}

# Why a login can do less now, the first that fits.
CAUSES = {
    "no_client": "the contact hangs on a client that does not exist",
    "closed_account": "the legacy account is closed: left out by policy",
    "erased": "the person was erased",
    "account_undecided": "it is not certain which account of the target it was",
    "account_missing": "the account is not in the target",
    "no_address": "the row has no e-mail address",
    "bad_address": "the e-mail address is none that can be written to",
    "ownership": "the ownership is somebody else's now",
    "invited": "an invitation waits to be accepted",
    "invite_expired": "the invitation expired before it was accepted",
    "unread_flags": "the row holds flags that no permission map knows",
    "twins": "two sub-accounts of one person: only what both gave may go on",
    "ignored_flags": "the permission map drops these flags",
    "no_rights": "a login without a single right: the target cannot have one",
    "narrowed": "somebody narrowed it in the target, or it was made narrower",
    "not_made": "held, not applied yet, or removed in the target",
}
