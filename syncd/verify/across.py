"""What no single account shows: people on several accounts, accounts without a pair, the sums."""

from collections.abc import Iterator, Mapping, Sequence

from syncd.verify.scratch import Scratch

# A stranger here who is missing elsewhere: the membership may stand on the wrong account.
_ELSEWHERE = """
    UPDATE remarks SET detail = concat_ws('; ', nullif(remarks.detail, ''), place.also)
    FROM (
        SELECT p.email, 'has a right on ' || string_agg(p.account || CASE
                   WHEN p.state IN ('missing', 'waiting') THEN ' (not there now)' ELSE '' END, ', '
                   ORDER BY p.account) AS also
        FROM positions p WHERE p.email IN (SELECT email FROM remarks WHERE rule = 'gained_access')
        GROUP BY p.email
    ) place
    WHERE remarks.rule = 'gained_access' AND remarks.email = place.email
"""
_TAKEN = ("gained_access", "wrong_owner")  # rights on an account where there were none
ACROSS = {
    # Own rights on one account, somebody else's on another: with each user there is one login.
    "combined_reach": f"""
        SELECT '', g.email, '', 'own rights on ' || p.accounts || '; gained on ' || g.accounts
        FROM (SELECT email, string_agg(DISTINCT account, ', ' ORDER BY account) AS accounts
              FROM remarks WHERE rule IN {_TAKEN} GROUP BY email) g
        JOIN (SELECT email, string_agg(DISTINCT account, ', ' ORDER BY account) AS accounts
              FROM positions WHERE state IN ('owner', 'same', 'narrower') AND email <> ''
              GROUP BY email) p USING (email)
    """,
    "accounts_united": """
        SELECT min(account), '', '', string_agg(account, ', ' ORDER BY account)
            || ' are all ' || target
        FROM pairs GROUP BY target HAVING count(*) > 1
    """,
    "several_accounts": """
        SELECT '', email, '', string_agg(account, ', ' ORDER BY account)
        FROM positions WHERE state IN ('owner', 'same', 'narrower') AND email <> ''
        GROUP BY email HAVING count(*) > 1
    """,
    "several_spellings": """
        SELECT '', email, '', string_agg(DISTINCT spelled, ' / ' ORDER BY spelled)
        FROM legacy WHERE email <> '' GROUP BY email HAVING count(DISTINCT spelled) > 1
    """,
    "twin_users": """
        SELECT '', email, '', 'users ' || string_agg(target_id, ', ' ORDER BY target_id)
        FROM users WHERE email <> '' GROUP BY email HAVING count(*) > 1
    """,
    "outside": """
        SELECT account, email, '', string_agg(kind, ' and ' ORDER BY kind)
        FROM (SELECT DISTINCT account, email, if(kind = 'owner', 'owner', 'member') AS kind
              FROM target WHERE kind IN ('owner', 'member', 'unread')
                AND account NOT IN (SELECT target FROM pairs)
                AND email IN (SELECT email FROM positions WHERE email <> ''))
        GROUP BY account, email
    """,
}


def judge_people(scratch: Scratch) -> None:
    """Add the remarks about people and pairs, once every account has been judged."""
    scratch.con.execute(_ELSEWHERE)
    for rule, query in ACROSS.items():
        scratch.con.execute(f"INSERT INTO remarks SELECT '{rule}', * FROM ({query})")


def account_counts(scratch: Scratch) -> dict[str, int]:
    return {
        "legacy": scratch.number("SELECT count(*) FROM ours"),
        "paired": scratch.number("SELECT count(*) FROM pairs"),
        "undecided": scratch.number(
            "SELECT count(*) FROM remarks WHERE rule = 'account_undecided'"
        ),
        "missing": scratch.number("SELECT count(*) FROM remarks WHERE rule = 'missing_account'"),
        "outside": scratch.number("SELECT count(*) FROM free_theirs"),
    }


def member_counts(scratch: Scratch) -> dict[str, int]:
    """Count memberships of the target that are judged, that went meanwhile, and all others."""
    all_of_them = scratch.number("SELECT count(*) FROM target WHERE kind IN ('member', 'unread')")
    paired = scratch.number(
        "SELECT count(*) FROM target WHERE kind IN ('member', 'unread') "
        "AND account IN (SELECT target FROM pairs)"
    )
    judged = scratch.number("SELECT count(*) FROM held")
    return {"judged": judged, "gone": paired - judged, "outside": all_of_them - paired}


def imbalances(
    scratch: Scratch, logins: Mapping[str, int], tally: Mapping[str, int]
) -> Iterator[str]:
    """Yield the sums that do not add up: what was read, counted by SQL, and what was judged."""
    rows = scratch.number("SELECT count(*) FROM legacy WHERE kind = 'contact'")
    users = scratch.number(
        "SELECT count(*) FROM target t JOIN pairs p ON p.target = t.account"
        " WHERE t.kind = 'address'"
    )
    members = scratch.number("SELECT count(*) FROM held h JOIN pairs p ON p.target = h.account")
    accounts = account_counts(scratch)
    owners = scratch.number("SELECT count(*) FROM ours WHERE email <> ''")
    positions_owned = scratch.number("SELECT count(*) FROM positions WHERE was = 'owner'")
    sums = {
        "legacy contacts = kept + lost": (rows, tally["kept"] + tally["lost"]),
        "contacts of the target = kept + added": (users, tally["kept"] + tally["added"]),
        "members read = members judged": (members, tally["members"]),
        "legacy owners = owners judged": (owners, positions_owned),
        "logins = the sum of all states": (
            scratch.number("SELECT count(*) FROM positions"), sum(logins.values()),
        ),
        "legacy accounts = paired + undecided + missing": (
            accounts["legacy"],
            accounts["paired"] + accounts["undecided"] + accounts["missing"],
        ),
    }  # fmt: skip
    for name, (read, judged) in sums.items():
        if read != judged:
            yield f"{name}: {read} and {judged}"


def remark_on_whole(
    scratch: Scratch, accounts: Mapping[str, int], imbalances: Sequence[str]
) -> None:
    with scratch.sink("remarks") as sink:
        if not accounts["paired"]:
            sink.add("nothing_compared", "", "", "", "")
        for imbalance in imbalances:
            sink.add("counts_differ", "", "", "", imbalance)
