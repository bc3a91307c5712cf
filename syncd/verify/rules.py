"""The tables of the certificate: what fails it, what is only reported, why something is lost."""

import msgspec


class Judgement(msgspec.Struct, frozen=True):
    """`fails`: one remark of it and the verdict is FAIL."""

    fails: bool
    sentence: str
    advice: str


RULES = {
    "gained_right": Judgement(
        fails=True,
        sentence="A member may do more than all of their legacy rows on this account allowed.",
        advice="Take the permissions away, or have the owner confirm them.",
    ),
    "gained_access": Judgement(
        fails=True,
        sentence="A member had no right on this account in the legacy system.",
        advice="Ask the owner whether this person was invited; if not, remove the membership.",
    ),
    "combined_reach": Judgement(
        fails=True,
        sentence="One user has their own legacy rights and somebody else's as well.",
        advice="Find out whose invitation this person accepted, or whose address was changed.",
    ),
    "invite_widens": Judgement(
        fails=True,
        sentence="A pending invitation would give more than the legacy rows did.",
        advice="Cancel it in the Admin Area, on the client's Users tab.",
    ),
    "gained_sign_in": Judgement(
        fails=True,
        sentence="The account is closed in the legacy system and open in the target.",
        advice="Nobody could sign in to it. Close it in the Admin Area, or open it in legacy.",
    ),
    "wrong_owner": Judgement(
        fails=True,
        sentence="The account has another owner than in the legacy system.",
        advice="Look for a request to change the owner; if there is none, give the account back.",
    ),
    "no_owner": Judgement(
        fails=True,
        sentence="The account has no owner.",
        advice="Make the legacy owner the owner in the Admin Area.",
    ),
    "two_owners": Judgement(
        fails=True,
        sentence="The account has several owners.",
        advice="Keep the legacy owner and remove the others in the Admin Area.",
    ),
    "owner_as_member": Judgement(
        fails=True,
        sentence="The owner is also a member of the same account.",
        advice="Remove the membership; the ownership stays.",
    ),
    "gained_mail": Judgement(
        fails=True,
        sentence="Mail of the account goes to an address that did not get it before.",
        advice="Ask the owner whether this address is wanted: product mails contain login details.",
    ),
    "accounts_united": Judgement(
        fails=True,
        sentence="Several legacy accounts have become one account in the target.",
        advice="Separate them: everybody on one of them reaches them all.",
    ),
    "account_undecided": Judgement(
        fails=True,
        sentence="It is not certain which account in the target is this legacy account.",
        advice="Enter the right pair in accounts.mapping; until then nobody on it can be judged.",
    ),
    "nothing_compared": Judgement(
        fails=True,
        sentence="No legacy account has a counterpart in the target: there is nothing to certify.",
        advice="Check accounts.match, and that source and target belong together.",
    ),
    "counts_differ": Judgement(
        fails=True,
        sentence="The numbers read and the numbers judged do not add up.",
        advice="Do not rely on this certificate; report this.",
    ),
    "missing_account": Judgement(
        fails=False,
        sentence="A legacy account is not in the target.",
        advice="Closed accounts are left out by default. For any other, see the plan.",
    ),
    "lost_contact": Judgement(
        fails=False,
        sentence="A legacy contact is not in the target.",
        advice="Add it, or see in the plan why it is held.",
    ),
    "lost_mail": Judgement(
        fails=False,
        sentence="An address no longer gets mail that it got in the legacy system.",
        advice="Tick this mail in the contact's preferences.",
    ),
    "unclear_mark": Judgement(
        fails=False,
        sentence="A legacy row does not say clearly whether it is a login; it is read as no.",
        advice="Correct the row in the legacy system.",
    ),
    "several_accounts": Judgement(
        fails=False,
        sentence="One user now reaches several accounts that each had a login of their own before.",
        advice="Nothing to do, if the address belongs to one person.",
    ),
    "several_spellings": Judgement(
        fails=False,
        sentence="Legacy addresses that are spelt differently are taken for one person.",
        advice="Check whether they are one mailbox.",
    ),
    "twin_users": Judgement(
        fails=False,
        sentence="Two users in the target have the same address; their rights are added up.",
        advice="Ask WHMCS support: the addresses of users should be unique.",
    ),
    "outside": Judgement(
        fails=False,
        sentence="A person from the legacy system is on an account that does not come from there.",
        advice="Not judged: no legacy row is about that account.",
    ),
}

# Why a login can do less now, the first that fits.
CAUSES = {
    "no_client": "the contact belongs to a client that does not exist",
    "closed_account": "the legacy account is closed, and left out by policy",
    "erased": "the person was erased",
    "account_undecided": "it is not certain which account in the target it is",
    "account_missing": "the account is not in the target",
    "no_address": "the row has no e-mail address",
    "bad_address": "the e-mail address is not valid",
    "ownership": "somebody else owns the account now",
    "invited": "an invitation has not been accepted yet",
    "invite_expired": "the invitation expired before it was accepted",
    "unread_flags": "the row has flags that the permission map does not know",
    "twins": "two sub-accounts of one person: only what both gave is kept",
    "ignored_flags": "the permission map drops these flags",
    "no_rights": "the login had no right at all, and the target has no such members",
    "narrowed": "it was made narrower, or somebody narrowed it in the target",
    "not_made": "held, not applied yet, or removed in the target",
}
