"""The tables of what is converted and judged in sets, see `tables`."""

from syncd.workspace.table import RESOURCE, Table

SET_TABLES = (
    # --- convert
    Table(
        "ordinary",
        "convert",
        "an ordinary row, the only one of its address, and its `sort`: the same follows of all of "
        "a sort, but for the values here. `profile` and the names are as JSON",
        "kind TEXT, source TEXT, id BIGINT, client_id BIGINT, email TEXT, billing TEXT, "
        "profile TEXT, first_name TEXT, last_name TEXT, form BIGINT, closed BOOLEAN, "
        "billed BOOLEAN, sort BIGINT",
    ),
    Table("patterned", "convert", "a sort of which one row was converted for all", "sort BIGINT"),
    Table("patterns", "convert", "a resource of each row of a sort", f"sort BIGINT, {RESOURCE}"),
    Table(
        "finding_patterns",
        "convert",
        "a finding on each row of a sort",
        "sort BIGINT, code TEXT, severity TEXT, scope TEXT, account TEXT, contact_id TEXT, "
        "email TEXT, detail TEXT, made_on TEXT, answer TEXT",
    ),
    # --- decide
    Table(
        "alike",
        "decide",
        "something new that is judged by what it shares with others: nothing else is known of it. "
        "`subaccount` and `flags` are those of its one legacy row",
        "key TEXT, kind TEXT, account TEXT, email TEXT, alike TEXT, unneeded BOOLEAN, "
        "orphan BOOLEAN, subaccount TEXT, flags TEXT",
    ),
    Table(
        "judged_alike",
        "decide",
        "the verdict on all that is alike",
        "kind TEXT, alike TEXT, unneeded BOOLEAN, orphan BOOLEAN, subaccount TEXT, "
        "flags TEXT, phase INTEGER, "
        "verb TEXT, reason TEXT, grants BOOLEAN, verdict TEXT, rule TEXT, why TEXT, made_on TEXT, "
        "others TEXT[]",
    ),
    Table(
        "judged_apart",
        "decide",
        "what of `differing` is judged by itself",
        "key TEXT, kind TEXT, account TEXT, email TEXT, wanted BOOLEAN, left_out BOOLEAN",
    ),
    Table(
        "open_reviews",
        "decide",
        "what a review without an answer is about, in the order in which they are asked",
        "code TEXT, scope TEXT, made_on TEXT",
    ),
)
