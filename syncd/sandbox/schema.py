"""The tables: WHMCS 8.x's own names and columns, and the sandbox's few beside them.

`WHMCS` is what a reader pointed at the database of an 8.x installation would meet. `SANDBOX` is
the part no installation has. Text, not a date type, carries dates on SQLite, because zero dates
(`0000-00-00 00:00:00`) are ordinary values here. On MariaDB they are timestamps, as the migrations
of the framework that 8.x is built on make them.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

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


class Moment(TypeDecorator[str]):
    """A date and time as WHMCS prints it: `2026-03-01 09:30:00`, UTC, whole seconds."""

    impl = String(19)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            TIMESTAMP() if dialect.name in {"mysql", "mariadb"} else String(19)
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(value)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False, server_default="") for name in names]


def _varchars(length: int, *names: str) -> list[Column[str]]:
    return [Column(name, String(length), nullable=False, server_default="") for name in names]


def _ints(*names: str, default: int = 0) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=str(default)) for name in names]


def _moments(*names: str) -> list[Column[str]]:
    return [Column(name, Moment, nullable=True) for name in names]


def _table(name: str, metadata: MetaData, *columns: Any) -> Table:
    # MySQL never hands out the id of a deleted row again; SQLite needs to be told.
    return Table(name, metadata, *columns, sqlite_autoincrement=True)


def _folded(column: Column[str]) -> None:
    """Index `column` regardless of case, which MySQL's collations do by themselves."""
    name = f"ix_{column.table.name}_{column.name}"
    Index(name, column.collate("NOCASE")).ddl_if(dialect="sqlite")


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

users = _table(
    "tblusers",
    WHMCS,
    _id(),
    *_varchars(255, "first_name", "last_name"),
    Column("email", String(255), nullable=False, unique=True),
    *_varchars(255, "password"),
    *_varchars(32, "language"),
    *_varchars(255, "second_factor"),
    Column("second_factor_config", Text),
    *_varchars(100, "remember_token", "reset_token"),
    *_ints("security_question_id"),
    *_varchars(255, "security_question_answer", "last_ip", "last_hostname"),
    *_moments("last_login"),
    *_varchars(100, "email_verification_token"),
    *_moments("email_verification_token_expiry", "email_verified_at", "reset_token_expiry"),
    *_moments("created_at", "updated_at"),
)
for _name in ("email", "first_name", "last_name"):
    _folded(users.c[_name])

users_clients = _table(
    "tblusers_clients",
    WHMCS,
    _id(),
    *_ints("auth_user_id", "client_id", "invite_id", "owner"),
    Column("permissions", Text),
    *_moments("last_login", "created_at", "updated_at"),
    UniqueConstraint("auth_user_id", "client_id"),
    Index("ix_tblusers_clients_client_id", "client_id"),
)

user_invites = _table(
    "tbluser_invites",
    WHMCS,
    _id(),
    *_varchars(100, "token"),
    *_varchars(255, "email"),
    *_ints("client_id", "invited_by", "invited_by_admin"),
    Column("permissions", Text),
    *_moments("accepted_at", "created_at", "updated_at", "deleted_at"),
    Index("ix_tbluser_invites_client_id", "client_id"),
)

clients = _table(
    "tblclients",
    WHMCS,
    _id(),
    *_varchars(255, "uuid"),
    *_texts("firstname", "lastname", "companyname", "email", *_ADDRESS),
    *_varchars(128, "tax_id"),
    # Kept by 8.x and blank: the login has moved to tblusers.
    *_texts("password", "authmodule", "authdata"),
    *_ints("currency", default=1),
    *_texts("defaultgateway"),
    Column("credit", Numeric(16, 2, asdecimal=False), nullable=False, server_default="0"),
    *_ints(*_FLAGS),
    Column("datecreated", String(10), nullable=False, server_default="0000-00-00"),
    *_texts("notes"),
    *_ints("billingcid", "securityqid"),
    *_texts("securityqans"),
    *_ints("groupid"),
    *_moments("lastlogin"),
    *_texts("ip", "host"),
    *_varchars(8, "status"),
    *_varchars(32, "language"),
    *_texts("pwresetkey"),
    *_ints("allow_sso", "email_verified", default=1),
    *_texts("email_preferences"),
    *_moments("created_at", "updated_at", "pwresetexpiry"),
)
for _name in ("email", "firstname", "lastname", "companyname"):
    _folded(clients.c[_name])

contacts = _table(
    "tblcontacts",
    WHMCS,
    _id(),
    *_ints("userid"),
    *_texts("firstname", "lastname", "companyname", "email", *_ADDRESS),
    *_varchars(128, "tax_id"),
    # Not dropped by 8.x, only hidden by its API.
    *_ints("subaccount"),
    *_texts("password", "permissions"),
    *_ints(*(f"{preference}emails" for preference in PREFERENCES)),
    *_texts("pwresetkey"),
    *_moments("created_at", "updated_at", "pwresetexpiry"),
    Index("ix_tblcontacts_userid", "userid"),
)
_folded(contacts.c.email)

client_groups = _table(
    "tblclientgroups",
    WHMCS,
    _id(),
    *_varchars(45, "groupname", "groupcolour"),
    Column("discountpercent", Numeric(10, 2, asdecimal=False), server_default="0"),
    *_texts("susptermexempt", "separateinvoices"),
)

emails = _table(
    "tblemails",
    WHMCS,
    _id(),
    *_ints("userid"),
    *_texts("subject", "message"),
    *_moments("date"),
    *_texts("to", "cc", "bcc"),
    Column("attachments", Text),
    *_ints("pending"),
    Column("message_data", Text),
    *_ints("failed"),
    *_varchars(250, "failure_reason"),
    *_ints("retry_count"),
    *_moments("created_at", "updated_at"),
    *_ints("campaign_id"),
    Index("ix_tblemails_userid", "userid"),
)

email_templates = _table(
    "tblemailtemplates",
    WHMCS,
    _id(),
    *_texts("type", "name", "subject", "message"),
    *_ints("disabled", "custom"),
)

activity = _table(
    "tblactivitylog",
    WHMCS,
    _id(),
    *_moments("date"),
    *_texts("description", "user"),
    *_ints("userid", "user_id", "admin_id"),
    *_texts("ipaddr"),
)

configuration = _table(
    "tblconfiguration",
    WHMCS,
    Column("setting", String(64), primary_key=True),
    *_texts("value"),
    *_moments("created_at", "updated_at"),
)

admins = _table(
    "tbladmins",
    WHMCS,
    _id(),
    *_ints("roleid"),
    *_texts("username"),
    *_varchars(255, "password"),
    *_texts("firstname", "lastname", "email", "signature", "notes", "supportdepts"),
    *_ints("disabled"),
)

device_auth = _table(
    "tbldeviceauth",
    WHMCS,
    _id(),
    Column("identifier", String(255), nullable=False, unique=True),
    *_varchars(255, "secret", "compat_secret"),
    *_ints("user_id", "is_admin"),
    *_texts("role_ids"),
    *_varchars(255, "description"),
    *_moments("last_access", "created_at", "updated_at", "deleted_at"),
)

api_roles = _table(
    "tblapi_roles",
    WHMCS,
    _id(),
    *_varchars(255, "role", "description"),
    *_texts("permissions"),
    *_moments("created_at", "updated_at"),
)

settings = _table(
    "sandbox_settings",
    SANDBOX,
    Column("name", String(64), primary_key=True),
    *_texts("value"),
)

switches = _table(
    "sandbox_switches",
    SANDBOX,
    Column("name", String(64), primary_key=True),
    *_texts("value"),
)

clock = _table(
    "sandbox_clock",
    SANDBOX,
    _id(),
    Column("offset_seconds", Float, nullable=False, server_default="0"),
    Column("frozen_at", Float),
)

outbox = _table(
    "sandbox_outbox",
    SANDBOX,
    _id(),
    *_moments("sent_at"),
    *_varchars(255, "to"),
    *_varchars(16, "kind"),
    Column("client_id", Integer),
    *_texts("subject"),
    Column("invite_id", Integer),
)

requests = _table(
    "sandbox_requests",
    SANDBOX,
    _id(),
    *_moments("at"),
    *_varchars(255, "action"),
    *_texts("params"),
    *_ints("http_status"),
    *_varchars(16, "result"),
    *_texts("message"),
    *_ints("writes"),
)
