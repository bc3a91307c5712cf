"""All tables of the workspace: who writes each, and what a row of it means.

A table is written by one stage and read by those after it; nobody changes or deletes a row once it
is there. Where a later stage knows better, it writes a table of its own, and a view joins the two:
`findings`, `desired`, `matched` and `changes` are such views, and what everybody reads.

`fp` is the fingerprint of a resource: what decides whether two under one key are equal. `body` is
the whole value as JSON. A row without an address has an identity that begins with a blank.
"""

from collections.abc import Iterable

from syncd.model.legacy import LegacyClient, LegacyContact
from syncd.workspace.letter_tables import LETTER_TABLES
from syncd.workspace.report_tables import REPORT_TABLES
from syncd.workspace.set_tables import SET_TABLES
from syncd.workspace.table import RESOURCE, Table

# The fields of a legacy row that are not columns by themselves.
CLIENT_FIELDS = LegacyClient.__struct_fields__[2:]
CONTACT_FIELDS = LegacyContact.__struct_fields__[3:]


def _struct(fields: Iterable[str]) -> str:
    parts = ", ".join(f'"{field}" TEXT' for field in fields)
    return f"STRUCT({parts})"


_INVITE = (
    "key TEXT, account TEXT, email TEXT, fp TEXT, body TEXT, "
    "fresh BOOLEAN, confirmed BOOLEAN, gone BOOLEAN"
)


TABLES = (
    *SET_TABLES,
    # --- extract: legacy rows as they are read, see `model.reading` and `intake`. There are columns
    # for what SQL asks for; `legacy` is the rest of the row, as the source has it.
    Table(
        "clients",
        "extract",
        "a client of a legacy source; `name` is its person, `label` what people call the account, "
        "`billing` the id of its billing contact, `mail` what it gets itself, `noted` whether "
        "staff wrote notes on it; `form` is what else it says, NULL where it was read by itself",
        "identity TEXT, source TEXT, client_id BIGINT, name TEXT, label TEXT, status TEXT, "
        "phone TEXT, billing TEXT, mail TEXT[], noted BOOLEAN, closed BOOLEAN, erased BOOLEAN, "
        f"form BIGINT, legacy {_struct(CLIENT_FIELDS)}",
    ),
    Table(
        "contacts",
        "extract",
        "a contact of a legacy source: a `login` or not, NULL where its mark is neither; what its "
        "flags give, the kind of its password, the mail it gets. `subaccount` and `flags` are as "
        "the source has them, for the guard's second look alone; `form` as above",
        "identity TEXT, source TEXT, contact_id BIGINT, client_id BIGINT, name TEXT, "
        "login BOOLEAN, permissions TEXT[], password TEXT, mail TEXT[], subaccount TEXT, "
        f"flags TEXT, form BIGINT, legacy {_struct(CONTACT_FIELDS)}",
    ),
    Table(
        "client_forms",
        "extract",
        "what plain clients say but for what is each one's own; `reading` is one of them, as JSON",
        "form BIGINT, status TEXT, mail TEXT[], noted BOOLEAN, closed BOOLEAN, reading TEXT",
    ),
    Table(
        "contact_forms",
        "extract",
        "likewise of contacts; `clear` where all of its marks are",
        "form BIGINT, login BOOLEAN, permissions TEXT[], password TEXT, mail TEXT[], "
        "clear BOOLEAN, reading TEXT",
    ),
    Table(
        "legacy_references",
        "extract",
        "how often rows of one kind elsewhere name a contact; those of one contact add up",
        "source TEXT, contact_id BIGINT, kind TEXT, number BIGINT",
    ),
    Table(
        "legacy_staff",
        "extract",
        "the address of one of the provider's own people",
        "source TEXT, email TEXT",
    ),
    Table(
        "legacy_terms",
        "extract",
        "what the number of a currency or of a client group stands for in a source",
        "source TEXT, kind TEXT, number TEXT, name TEXT",
    ),
    # --- convert
    Table(
        "entries",
        "convert",
        "a row that is converted by itself, as JSON; of a contact what it must know of its client, "
        "whose `owner` is NULL where there is none",
        "identity TEXT, kind TEXT, source TEXT, id BIGINT, body TEXT, owner TEXT, name TEXT, "
        "closed BOOLEAN, erased BOOLEAN",
    ),
    Table("converted", "convert", "a resource that the legacy rows ask for", RESOURCE),
    Table(
        "staged_findings",
        "every stage",
        "a finding, with the fingerprint of what it was made on and its answer; each stage adds "
        "what it met",
        "code TEXT, severity TEXT, scope TEXT, account TEXT, contact_id TEXT, email TEXT, "
        "detail TEXT, made_on TEXT, answer TEXT",
    ),
    # --- remember: what the journal says
    Table(
        "applied",
        "remember",
        "a resource as syncd last wrote it, or as the run to be taken back left it",
        "key TEXT, kind TEXT, fp TEXT, body TEXT, written_at TEXT",
    ),
    Table(
        "remembered_bindings",
        "remember",
        "an account or contact of ours and its id in the target, by earlier runs; `marks` are what "
        "the target showed of it, as JSON, '' where nobody looked",
        "key TEXT, target_id TEXT, marks TEXT",
    ),
    Table(
        "remembered_people",
        "remember",
        "the id that the user of this address had in the target",
        "email TEXT, target_id TEXT",
    ),
    Table(
        "remembered_origins",
        "remember",
        "a legacy login, and the membership it was when its person last had it",
        "contact TEXT, key TEXT",
    ),
    Table(
        "carried",
        "match",
        "whose user was made with a legacy password, and an account that it was to open",
        "email TEXT, account TEXT",
    ),
    Table("remembered_invites", "remember", "an invitation of earlier runs", _INVITE),
    Table(
        "remembered_requests",
        "remember",
        "an ownership request, over or not, by the key of its account",
        "number BIGINT, key TEXT, new_owner TEXT, stands BOOLEAN, body TEXT",
    ),
    Table("turned", "remember", "a key that the run to be taken back changed", "key TEXT"),
    Table("taken_back", "remember", "a resource as that run found it", RESOURCE),
    # --- observe: the target, under its own names
    Table(
        "observed",
        "observe",
        "a resource the target shows; not `complete` where its permissions were not read in bulk; "
        "a user may be `verified`",
        f"{RESOURCE}, target_id TEXT, complete BOOLEAN, created TEXT, verified BOOLEAN",
    ),
    Table(
        "ownerships",
        "observe",
        "an account of the target and its owner",
        "account TEXT, email TEXT",
    ),
    Table(
        "invitations",
        "observe",
        "an invitation the target lists, ours or not",
        "number BIGINT, account TEXT, email TEXT, state TEXT, accepted_by TEXT, body TEXT",
    ),
    # --- match
    Table(
        "withdrawn",
        "match",
        "findings of this code and scope that no longer count, by what was met later",
        "code TEXT, scope TEXT",
    ),
    Table(
        "shown",
        "match",
        "what the target shows of an account or contact, see `model.marks`",
        "kind TEXT, target_id TEXT, marks TEXT",
    ),
    Table(
        "altered",
        "match",
        "a binding of earlier runs whose marks are others now, see `match.recognition`",
        "key TEXT, target_id TEXT, likeness TEXT",
    ),
    Table(
        "bequeathed",
        "match",
        "a contact that is gone, and whose place in the target another one takes",
        "key TEXT",
    ),
    Table(
        "bindings",
        "match",
        "an account or contact of ours and its id in the target; `known` to the journal already",
        "key TEXT, target_id TEXT, known BOOLEAN",
    ),
    Table(
        "account_pairs",
        "match",
        "an account of ours that is bound: `ref`, and what the target calls it",
        "ref TEXT, target_account TEXT, target_id TEXT",
    ),
    Table(
        "people",
        "match",
        "an address that has a user in the target, or is `wanted` as one",
        "email TEXT, wanted BOOLEAN",
    ),
    Table(
        "skeletons",
        "match",
        "the shape of such an address where it has letters that look like others",
        "email TEXT, skeleton TEXT, mixed BOOLEAN",
    ),
    Table(
        "twins",
        "match",
        "an address that looks like `others` more, one of which is `other`",
        "email TEXT, other TEXT, others BIGINT",
    ),
    Table(
        "standing",
        "match",
        "of the invitations the target lists, the one that counts for a membership of ours",
        "key TEXT, account TEXT, number BIGINT, email TEXT, state TEXT, accepted_by TEXT, "
        "body TEXT",
    ),
    Table("invites", "match", "an invitation as it stands now, by target and journal", _INVITE),
    Table(
        "bound",
        "match",
        "what was observed, under our keys; `target_key` is the target's",
        "target_key TEXT, kind TEXT, target_id TEXT, complete BOOLEAN, account TEXT, email TEXT, "
        "key TEXT",
    ),
    Table(
        "checked",
        "match",
        "a membership whose permissions were read lately and found as applied",
        "key TEXT, checked_at TEXT",
    ),
    Table("trusted", "match", "one that need not be read again", "key TEXT, fp TEXT, body TEXT"),
    Table(
        "inspected",
        "match",
        "a membership, by the target's key, with permissions as just read",
        "key TEXT, fp TEXT, body TEXT",
    ),
    Table(
        "seen",
        "match",
        "what the target has under our keys, invitations that nobody accepted yet included",
        "key TEXT, kind TEXT, account TEXT, email TEXT, target_id TEXT, fp TEXT, body TEXT, "
        "invite BOOLEAN",
    ),
    Table(
        "hidden",
        "match",
        "a key that is somebody's on the suppression list",
        "key TEXT, account TEXT, email TEXT",
    ),
    Table(
        "erased",
        "match",
        "an address that the target shows, of somebody on the suppression list",
        "email TEXT",
    ),
    Table(
        "owners",
        "match",
        "an account of both sides that has an owner in the target, and the legacy rows' owner",
        "key TEXT, account TEXT, owner TEXT, legacy_owner TEXT",
    ),
    Table(
        "requests",
        "match",
        "an ownership request that stood, as the target shows it now; `shown` is for a report, and "
        "names nobody who is on the suppression list",
        "number BIGINT, key TEXT, body TEXT, shown TEXT",
    ),
    Table(
        "addresses",
        "match",
        "the address of an account itself, `there` in the target or wanted",
        "email TEXT, key TEXT, there BOOLEAN",
    ),
    Table(
        "replaced",
        "match",
        "a membership whose login has another address or account now: it stays until "
        "`successor` has it",
        "key TEXT, successor TEXT",
    ),
    Table(
        "attachable",
        "match",
        "a person whom a membership is promised without a mail: how, see `model.attachment`, and "
        "`why` no password goes along, '' where one does",
        "email TEXT, body TEXT, why TEXT",
    ),
    Table(
        "unequal",
        "match",
        "a key under which desired and observed are not equal, whatever comes of it",
        "key TEXT, kind TEXT, account TEXT, email TEXT, wanted BOOLEAN",
    ),
    Table(
        "differing",
        "match",
        "such a key, of what is desired or ours; `left_out` where nobody wants it though its "
        "legacy row is there",
        "key TEXT, kind TEXT, account TEXT, email TEXT, wanted BOOLEAN, left_out BOOLEAN",
    ),
    Table(
        "referenced",
        "match",
        "a contact that would be removed, and what names it",
        "key TEXT, uses TEXT",
    ),
    # --- decide
    Table(
        "judged",
        "decide",
        "a change and the verdict on it, taken by itself; `others` is what more holds it",
        "phase INTEGER, key TEXT, verb TEXT, kind TEXT, account TEXT, email TEXT, reason TEXT, "
        "verdict TEXT, rule TEXT, why TEXT, made_on TEXT, grants BOOLEAN, before TEXT, after TEXT, "
        "attach TEXT, others TEXT[]",
    ),
    Table(
        "overruled",
        "decide",
        "a change that is held for what all of them together would do",
        "key TEXT, rule TEXT, why TEXT",
    ),
    Table(
        "decisions",
        "decide",
        "a decision of this run, and how it is shown",
        "asked TEXT, scope TEXT, shown TEXT",
    ),
    *REPORT_TABLES,
    *LETTER_TABLES,
)
