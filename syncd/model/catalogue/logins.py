"""Codes about sub-accounts: who logs in, and as whom."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "plain_twin",
        "T-02",
        NOTE,
        "A plain contact of the same account has the sub-account's address.",
        "Nothing to do. Only the sub-account gives access; both contacts stay.",
    ),
    Code(
        "twin_logins_same",
        "T-03",
        NOTE,
        "Two sub-accounts of one account share an address and have the same permissions.",
        "Nothing to do. They become one membership.",
    ),
    Code(
        "twin_logins_overlap",
        "T-03",
        REVIEW,
        "Two sub-accounts of one account share an address but have different permissions.",
        "Decide which permissions are right. The plan proposes only what both have.",
        {
            "apply": "the person gets only what every one of the sub-accounts has",
            "union": "the person gets what any of the sub-accounts has: more than each has alone",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "twin_logins_disjoint",
        "T-03",
        REVIEW,
        "Two sub-accounts of one account share an address but have no permission in common.",
        "Decide which permissions are right. Until then the person gets no membership.",
        {
            "union": "the person gets what any of the sub-accounts has: more than each has alone",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "owner_has_it",
        "T-04",
        NOTE,
        "A sub-account has the same address as the account's owner.",
        "No membership is made: an owner may do everything. The contact stays for its mail.",
    ),
    Code(
        "owner_elsewhere",
        "T-05",
        NOTE,
        "A sub-account has the same address as another account's owner.",
        "Nothing to do. The person is invited and keeps the login of the other account.",
    ),
    Code(
        "owner_elsewhere_other_name",
        "T-05",
        REVIEW,
        "A sub-account has the address of another account's owner, but another name.",
        "Find out whether both are one person before that owner gets access here.",
        {
            "apply": "that owner is invited here, with the sub-account's permissions",
            "leave": "that owner is not invited here",
        },
    ),
    Code(
        "user_other_name",
        "T-05",
        REVIEW,
        "The target has a user with the address of a sub-account or owner, but another name.",
        "Find out whether both are one person before that user gets access here.",
        {
            "apply": "that user gets what is proposed: the membership, or the account as its owner",
            "leave": "that user gets nothing here; an account is not created",
        },
    ),
    Code(
        "user_nameless",
        "T-07",
        REVIEW,
        "A user of the target would get access without an invitation, and one of both sides has no "
        "name.",
        "Find out whether the user is the person: nothing but the address speaks for it.",
        {
            "apply": "that user gets what is proposed: the membership, or the account as its owner",
            "leave": "that user gets nothing here; an account is not created",
        },
    ),
    Code(
        "user_unverified",
        "T-56",
        REVIEW,
        "A user of the target would get access without an invitation, and nobody verified the "
        "address, or the user had another one before.",
        "Anybody may have signed up with it. Let the user verify it, or find out who it is.",
        {
            "apply": "that user gets what is proposed: the membership, or the account as its owner",
            "leave": "that user gets nothing here; an account is not created",
        },
    ),
    Code(
        "many_accounts",
        "T-06",
        NOTE,
        "One person has sub-accounts in several accounts.",
        "Nothing to do. One user gets a membership on each account, each with its own rights.",
    ),
    Code(
        "many_names",
        "T-07",
        REVIEW,
        "One address has sub-accounts under different names.",
        "Find out whether it is one person or a shared mailbox.",
        {
            "apply": "it is one person: all these memberships are made under this address",
            "leave": "no membership is made under this address",
        },
    ),
    Code(
        "which_password",
        "T-08",
        REVIEW,
        "A new user had several sub-accounts, so several passwords: which one stays is to be said.",
        "Whoever knows the one that stays gets into all these accounts. Answer before you apply: "
        "who is attached before has none of them.",
        {
            "SOURCE/ID": "the person keeps the password of this sub-account, as legacy/17",
            "none": 'the person sets a new one by "forgot password"',
        },
    ),
    Code(
        "carried_password",
        "T-08",
        REVIEW,
        "A user who would get access without an invitation has the password of a sub-account of "
        "another account, carried over by syncd.",
        "Whoever typed that password, as its account's holder may have, gets in here too. Have the "
        "person set a new one first.",
        {
            "apply": "that user gets what is proposed: the membership, or the account as its owner",
            "leave": "that user gets nothing here; an account is not created",
        },
    ),
    Code(
        "dormant_login_data",
        "T-25",
        NOTE,
        "A plain contact still has the permissions or password of a former sub-account.",
        "Nothing to do. Access ended when the sub-account was unticked, and is not given back.",
    ),
    Code(
        "unclear_subaccount",
        "T-46",
        REVIEW,
        "The sub-account mark has an unknown value, so the row is not taken for a login.",
        "Correct the column `subaccount` in the legacy system.",
        {"leave": "it is not a login; the contact stays for its mail"},
    ),
    Code(
        "unexpected_member",
        "T-49",
        REVIEW,
        "An invitation is pending, and an unknown member of the account has its exact permissions.",
        "Ask the account's owner whether it was accepted under another address, and who may stay.",
        {
            "apply": "the two are unrelated: the invitation goes on as planned",
            "leave": "the invited person is not invited again; the unknown member stays",
        },
    ),
    Code(
        "login_renamed",
        "T-53",
        REVIEW,
        "The address of a sub-account changed in the legacy system.",
        "To keep login and second factor, change the user's address in the target: Manage Users.",
        {
            "apply": "the new address gets the access of its rows; where it has to be invited, the "
            "old one keeps its own until it accepts",
            "leave": "the new address is not invited, and the old one keeps its access",
        },
    ),
    Code(
        "login_moved",
        "T-53",
        REVIEW,
        "A sub-account was moved to another client in the legacy system.",
        "Find out whether the person should now have access to this account instead.",
        {
            "apply": "the person is invited to the new account and loses the former one",
            "leave": "the person is not invited to the new account",
        },
    ),
    Code(
        "user_renamed",
        "T-53",
        REVIEW,
        "A user changed their address in the target; the legacy system has the old one.",
        "Correct the address in the legacy system. The old address is not invited again.",
        {
            "apply": "the old address is invited again, as somebody else",
            "leave": "the user keeps what they have, and the old address is not invited",
        },
    ),
    Code(
        "member_added",
        "T-51",
        NOTE,
        "A member of the account in the target has no membership by the legacy rows.",
        "If the owner invited this person, do nothing. If not, remove the membership.",
    ),
    Code(
        "invitation_wider",
        "T-48",
        REVIEW,
        "A pending invitation gives more than the legacy rows do; whoever has the link may accept.",
        "Cancel it on the client's Users tab, or ask the owner whether it is meant.",
        {"leave": "the invitation goes on waiting"},
    ),
    Code(
        "login_elsewhere",
        "T-09",
        NOTE,
        "A plain contact has an address that logs in on another account.",
        "Nothing to do. The contact gets no login here.",
    ),
)
