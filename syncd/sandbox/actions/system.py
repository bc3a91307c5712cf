"""WhmcsDetails, GetAdminDetails, GetConfigurationValue, LogActivity, GetActivityLog."""

from sqlalchemy import select

from syncd.sandbox import activity, lookup, paging, schema
from syncd.sandbox.registry import Body, Call, Refusal, action, success

# Of an admin role, not of a client's user.
_ADMIN_PERMISSIONS = (
    "Main Homepage,List Clients,Add New Client,Edit Clients Details,Delete Client,"
    "View Activity Log,View Email Message Log,API Access,View Clients Summary,List Users"
)


@action("WhmcsDetails")
def whmcs_details(call: Call) -> Body:
    return success(whmcs=_version(call))


@action("GetAdminDetails", since=(7, 0))
def get_admin_details(call: Call) -> Body:
    table = schema.admins
    admin = call.db.execute(select(table).where(table.c.id == call.admin_id)).one()
    return success(
        adminid=admin.id,
        name=f"{admin.firstname} {admin.lastname}",
        notes=admin.notes,
        signature=admin.signature,
        allowedpermissions=_ADMIN_PERMISSIONS,
        departments=admin.supportdepts,
        requesttime=call.stamp,
        whmcs=_version(call),
    )


@action("GetConfigurationValue", since=(7, 0))
def get_configuration_value(call: Call) -> Body:
    setting = call.params.text("setting")
    if not setting:
        raise Refusal("Parameter setting is required")
    value = _configured(call, setting)
    if value is None:
        raise Refusal("Invalid name for parameter setting")
    return success(setting=setting, value=value)


@action("LogActivity", writes=True)
def log_activity(call: Call) -> Body:
    """Add a line. Its client is `clientid`, which was `userid` before 8.0."""
    description = call.params.text("description")
    if not description:
        # No documented sentence.
        raise Refusal("A description is required")
    activity.record(call, description, client_id=call.params.integer("clientid"))
    return success()


@action("GetActivityLog")
def get_activity_log(call: Call) -> Body:
    """Answer the log, the newest line first, and without numreturned, as the sample has it."""
    table, params = schema.activity, call.params
    matching = []
    client_id = params.integer("clientid") if call.release >= (8, 5) else 0
    client_id = client_id or params.integer("userid")
    if client_id:
        matching.append(table.c.userid == client_id)
    if params.text("date"):
        matching.append(lookup.starts_with(_iso(params.text("date")), table, table.c.date))
    if params.text("user"):
        matching.append(lookup.equals(table.c.user, params.text("user")))
    if params.text("description"):
        matching.append(lookup.contains(table.c.description, params.text("description")))
    if params.text("ipaddress"):
        matching.append(table.c.ipaddr == params.text("ipaddress"))
    page = paging.read(call, table, matching, table.c.id.desc())
    entries = [
        {
            "id": row["id"],
            "clientId": row["userid"],
            "userId": row["user_id"],
            "adminId": row["admin_id"],
            "date": row["date"],
            "description": row["description"],
            "username": row["user"],
            "ipaddress": row["ipaddr"],
            "userid": row["userid"],
        }
        for row in page.rows
    ]
    counters = page.counters()
    del counters["numreturned"]
    return success(**counters, activity={"entry": entries})


def _version(call: Call) -> Body:
    canonical = _configured(call, "Version") or ""
    return {"version": canonical.partition("-")[0], "canonicalversion": canonical}


def _configured(call: Call, setting: str) -> str | None:
    table = schema.configuration
    return call.db.scalar(select(table.c.value).where(table.c.setting == setting))


def _iso(localised: str) -> str:
    """Turn `31/12/2026`, the default date format of an installation, into how it is stored."""
    return "-".join(reversed(localised.split("/")))
