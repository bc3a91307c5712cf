"""The tables: WHMCS 8.x's own names and columns, and the sandbox's few beside them.

`WHMCS` is what a reader pointed at the database of an 8.x installation would meet. `SANDBOX` is
the part no installation has.
"""

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)

from syncd.sandbox.columns import fold, identity, ints, moments, table, texts, varchars

ZERO_DATE = "0000-00-00 00:00:00"

# The 13 permission keys, in the order GetPermissionsList prints them.
PERMISSIONS = (
    "profile",
    "contacts",
    "products",
    "manageproducts",
    "productsso",
    "domains",
    "managedomains",
    "invoices",
    "quotes",
    "tickets",
    "affiliates",
    "emails",
    "orders",
)
# The six kinds of mail a client or a contact may be sent, in the order GetClientsDetails prints.
PREFERENCES = ("general", "invoice", "support", "product", "domain", "affiliate")

WHMCS = MetaData()
SANDBOX = MetaData()


_ADDRESS = ("address1", "address2", "city", "state", "postcode", "country", "phonenumber")
_FLAGS = (
    "taxexempt",
    "latefeeoveride",
    "overideduenotices",
    "separateinvoices",
    "disableautocc",
    "emailoptout",
    "marketing_emails_opt_in",
    "overrideautoclose",
)

users = table(
    "tblusers",
    WHMCS,
    identity(),
    *varchars(255, "first_name", "last_name"),
    Column("email", String(255), nullable=False, unique=True),
    *varchars(255, "password"),
    *varchars(32, "language"),
    *varchars(255, "second_factor"),
    Column("second_factor_config", Text),
    *varchars(100, "remember_token", "reset_token"),
    *ints("security_question_id"),
    *varchars(255, "security_question_answer", "last_ip", "last_hostname"),
    *moments("last_login"),
    *varchars(100, "email_verification_token"),
    *moments("email_verification_token_expiry", "email_verified_at", "reset_token_expiry"),
    *moments("created_at", "updated_at"),
)
for _name in ("email", "first_name", "last_name"):
    fold(users.c[_name])

users_clients = table(
    "tblusers_clients",
    WHMCS,
    identity(),
    *ints("auth_user_id", "client_id", "invite_id", "owner"),
    Column("permissions", Text),
    *moments("last_login", "created_at", "updated_at"),
    UniqueConstraint("auth_user_id", "client_id"),
    Index("ix_tblusers_clients_client_id", "client_id"),
)

user_invites = table(
    "tbluser_invites",
    WHMCS,
    identity(),
    *varchars(100, "token"),
    *varchars(255, "email"),
    *ints("client_id", "invited_by", "invited_by_admin"),
    Column("permissions", Text),
    *moments("accepted_at", "created_at", "updated_at", "deleted_at"),
    Index("ix_tbluser_invites_client_id", "client_id"),
)

clients = table(
    "tblclients",
    WHMCS,
    identity(),
    *varchars(255, "uuid"),
    *texts("firstname", "lastname", "companyname", "email", *_ADDRESS),
    *varchars(128, "tax_id"),
    # Kept by 8.x and blank: the login has moved to tblusers.
    *texts("password", "authmodule", "authdata"),
    *ints("currency", default=1),
    *texts("defaultgateway"),
    Column("credit", Numeric(16, 2, asdecimal=False), nullable=False, server_default="0"),
    *ints(*_FLAGS),
    Column("datecreated", String(10), nullable=False, server_default="0000-00-00"),
    *texts("notes"),
    *ints("billingcid", "securityqid"),
    *texts("securityqans"),
    *ints("groupid"),
    *moments("lastlogin"),
    *texts("ip", "host"),
    *varchars(8, "status"),
    *varchars(32, "language"),
    *texts("pwresetkey"),
    *ints("allow_sso", "email_verified", default=1),
    *texts("email_preferences"),
    *moments("created_at", "updated_at", "pwresetexpiry"),
)
for _name in ("email", "firstname", "lastname", "companyname"):
    fold(clients.c[_name])

contacts = table(
    "tblcontacts",
    WHMCS,
    identity(),
    *ints("userid"),
    *texts("firstname", "lastname", "companyname", "email", *_ADDRESS),
    *varchars(128, "tax_id"),
    # Not dropped by 8.x, only hidden by its API.
    *ints("subaccount"),
    *texts("password", "permissions"),
    *ints(*(f"{preference}emails" for preference in PREFERENCES)),
    *texts("pwresetkey"),
    *moments("created_at", "updated_at", "pwresetexpiry"),
    Index("ix_tblcontacts_userid", "userid"),
)
fold(contacts.c.email)

client_groups = table(
    "tblclientgroups",
    WHMCS,
    identity(),
    *varchars(45, "groupname", "groupcolour"),
    Column("discountpercent", Numeric(10, 2, asdecimal=False), server_default="0"),
    *texts("susptermexempt", "separateinvoices"),
)

currencies = table(
    "tblcurrencies",
    WHMCS,
    identity(),
    *varchars(10, "code", "prefix", "suffix"),
    *ints("format", "default"),
    Column("rate", Numeric(10, 5, asdecimal=False), server_default="1"),
)

emails = table(
    "tblemails",
    WHMCS,
    identity(),
    *ints("userid"),
    *texts("subject", "message"),
    *moments("date"),
    *texts("to", "cc", "bcc"),
    Column("attachments", Text),
    *ints("pending"),
    Column("message_data", Text),
    *ints("failed"),
    *varchars(250, "failure_reason"),
    *ints("retry_count"),
    *moments("created_at", "updated_at"),
    *ints("campaign_id"),
    Index("ix_tblemails_userid", "userid"),
)

email_templates = table(
    "tblemailtemplates",
    WHMCS,
    identity(),
    *texts("type", "name", "subject", "message"),
    *ints("disabled", "custom"),
)

activity = table(
    "tblactivitylog",
    WHMCS,
    identity(),
    *moments("date"),
    *texts("description", "user"),
    *ints("userid", "user_id", "admin_id"),
    *texts("ipaddr"),
)

custom_field_values = table(
    "tblcustomfieldsvalues",
    WHMCS,
    identity(),
    *ints("fieldid", "relid"),
    *texts("value"),
    *moments("created_at", "updated_at"),
    UniqueConstraint("fieldid", "relid"),
)

notes = table(
    "tblnotes",
    WHMCS,
    identity(),
    *ints("userid", "adminid"),
    *moments("created", "modified"),
    *texts("note"),
    *ints("sticky"),
)

tickets = table(
    "tbltickets",
    WHMCS,
    identity(),
    *varchars(128, "tid"),
    *ints("did", "userid", "contactid", "requestor_id"),
    *texts("name", "email", "cc", "c"),
    *moments("date"),
    *texts("title", "message"),
    *varchars(64, "status"),
    *texts("urgency", "admin"),
    *moments("lastreply"),
    *ints("flag"),
    *texts("service"),
    Index("ix_tbltickets_userid", "userid"),
)

ticket_replies = table(
    "tblticketreplies",
    WHMCS,
    identity(),
    *ints("tid", "userid", "contactid", "requestor_id"),
    *texts("name", "email"),
    *moments("date"),
    *texts("message", "admin"),
    Index("ix_tblticketreplies_tid", "tid"),
)

configuration = table(
    "tblconfiguration",
    WHMCS,
    Column("setting", String(64), primary_key=True),
    *texts("value"),
    *moments("created_at", "updated_at"),
)

admins = table(
    "tbladmins",
    WHMCS,
    identity(),
    *ints("roleid"),
    *texts("username"),
    *varchars(255, "password"),
    *texts("firstname", "lastname", "email", "signature", "notes", "supportdepts"),
    *ints("disabled"),
)

device_auth = table(
    "tbldeviceauth",
    WHMCS,
    identity(),
    Column("identifier", String(255), nullable=False, unique=True),
    *varchars(255, "secret", "compat_secret"),
    *ints("user_id", "is_admin"),
    *texts("role_ids"),
    *varchars(255, "description"),
    *moments("last_access", "created_at", "updated_at", "deleted_at"),
)

api_roles = table(
    "tblapi_roles",
    WHMCS,
    identity(),
    *varchars(255, "role", "description"),
    *texts("permissions"),
    *moments("created_at", "updated_at"),
)

settings = table(
    "sandbox_settings",
    SANDBOX,
    Column("name", String(64), primary_key=True),
    *texts("value"),
)

switches = table(
    "sandbox_switches",
    SANDBOX,
    Column("name", String(64), primary_key=True),
    *texts("value"),
)

clock = table(
    "sandbox_clock",
    SANDBOX,
    identity(),
    Column("offset_seconds", Float, nullable=False, server_default="0"),
    Column("frozen_at", Float),
)

outbox = table(
    "sandbox_outbox",
    SANDBOX,
    identity(),
    *moments("sent_at"),
    *varchars(255, "to"),
    *varchars(16, "kind"),
    Column("client_id", Integer),
    *texts("subject"),
    Column("invite_id", Integer),
)

requests = table(
    "sandbox_requests",
    SANDBOX,
    identity(),
    *moments("at"),
    *varchars(255, "action"),
    *texts("params"),
    *ints("http_status"),
    *varchars(16, "result"),
    *texts("message"),
    *ints("writes"),
)
