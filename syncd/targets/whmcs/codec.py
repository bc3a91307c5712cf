"""Between the API's words and ours: replies to resources, resources to request parameters.

Pure functions, tolerant where documentation and wire disagree and strict after that: a shape we
do not know is an `UnexpectedReply`, never an empty value.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from syncd.errors import NoAnswer, UnexpectedReply
from syncd.model.identity import normalise
from syncd.model.keys import contact_ref
from syncd.model.legacy import CONTACT_COLUMNS
from syncd.model.permission import NONE, Permissions, permissions
from syncd.model.resources import (
    PREFERENCES,
    Account,
    Contact,
    Membership,
    Preference,
    Profile,
    User,
    account_ref,
)
from syncd.model.text import clean, read_flag, small
from syncd.ports import Observed, Ownership
from syncd.wire.bodies import Reply
from syncd.wire.messages import READING, Row, items, number, rows

# The API names the fields of a profile as the tables do.
_PROFILE = {field: CONTACT_COLUMNS[field] for field in Profile.__struct_fields__}


class ApiMember(msgspec.Struct, frozen=True):
    """A user of a client, its owner among them."""

    user_id: str
    client_id: str
    email: str
    owner: bool
    name: str = ""


# --- replies to resources -------------------------------------------------------------------


def account(target: str, row: Row) -> Account:
    """Give the account of a row of GetClients; its owner comes separately."""
    return Account(
        ref=account_ref(target, row_id("GetClients", row)),
        owner="",
        email=row_email("GetClients", row),
        status=_text(row, "status"),
        profile=_profile(row),
    )


def seen_account(target: str, row: Row) -> Observed:
    """Give the account of such a row with its id and the date it was made."""
    target_id = row_id("GetClients", row)
    return Observed(account(target, row), target_id, created=_date(row, "datecreated"))


def user(row: Row) -> User:
    """Give the user of a row of GetUsers."""
    return User(row_email("GetUsers", row), _text(row, "firstname"), _text(row, "lastname"))


def members_of_user(row: Row) -> list[ApiMember]:
    """Give the clients of a row of GetUsers."""
    action = "GetUsers"
    user_id, email = row_id(action, row), row_email(action, row)
    return [
        ApiMember(user_id, row_id(action, link), email, _owns(action, link))
        for link in rows(action, row.get("clients"), "client")
    ]


def members_of_client(client_id: str, reply: Reply) -> list[ApiMember]:
    """Give the users that GetClientsDetails answers with."""
    action = "GetClientsDetails"
    client = reply.get("client")
    # Everything is also mirrored at the top level, which is deprecated.
    holder = client if isinstance(client, dict) and "users" in client else reply
    if "users" not in holder:
        raise UnexpectedReply(action, "the client comes without its users")
    return [
        ApiMember(
            row_id(action, row),
            client_id,
            row_email(action, row),
            _owns(action, row),
            _text(row, "name"),
        )
        for row in rows(action, holder["users"], "user")
    ]


def user_of(member: ApiMember) -> User:
    """Give the user of a member: GetClientsDetails has both names in one."""
    first, _, last = member.name.partition(" ")
    return User(member.email, first, last)


def link(target: str, member: ApiMember) -> Observed | Ownership:
    """Give the ownership or the membership of a member; the permissions are not known yet."""
    ref = account_ref(target, member.client_id)
    if member.owner:
        return Ownership(ref, member.email)
    target_id = f"{member.user_id}/{member.client_id}"
    return Observed(Membership(ref, member.email, NONE), target_id, complete=False)


def contact(target: str, row: Row) -> Contact:
    """Give the contact of a row of GetContacts, where `userid` is a client."""
    action = "GetContacts"
    return Contact(
        account=account_ref(target, row_id(action, row, "userid")),
        contact_id=contact_ref(target, row_id(action, row)),
        email=row_email(action, row),
        preferences=_preferences(row),
        profile=_profile(row),
    )


def row_id(action: str, row: Row, field: str = "id") -> str:
    return str(number(action, row, field))


def row_email(action: str, row: Row) -> str:
    if "email" not in row:
        raise UnexpectedReply(action, "a row without email")
    return normalise(str(row["email"] or ""))


def permission_set(reply: Reply, known: Permissions) -> Permissions:
    """Give the permissions of GetUserPermissions; present and empty means none.

    The published sample of this reply has no permissions at all. Taking that for none would
    overwrite what was never seen: raises `UnexpectedReply`. So does a word that is not one of
    `known`, the keys of GetPermissionsList: a label, say, would pass for a right nobody gave.
    """
    action = "GetUserPermissions"
    if reply.get("permissions") is None:
        raise UnexpectedReply(action, "success without the permissions: they cannot be known")
    keys = permissions(_keys(action, reply["permissions"]))
    unknown = [key for key in keys if key not in known]
    if unknown:
        words = ", ".join(repr(key) for key in unknown)
        raise UnexpectedReply(action, f"permissions that GetPermissionsList does not name: {words}")
    return keys


def permission_list(reply: Reply) -> Permissions:
    """Give the keys of GetPermissionsList, in its order."""
    keys = tuple(dict.fromkeys(_keys("GetPermissionsList", reply.get("permissions"))))
    if not keys:
        raise UnexpectedReply("GetPermissionsList", "no permission at all")
    return keys


def term_ids(action: str, field: str, reply: Reply) -> list[tuple[str, str]]:
    """Give what each currency or client group is called, by its column, and its id."""
    container, element = READING[action]
    listed = rows(action, reply.get(container), element)
    # A row that comes twice is one.
    return list(dict.fromkeys((_text(row, field), row_id(action, row)) for row in listed))


# Which field of GetClientsDetails shows what a parameter of AddClient set.
_TERMS = {"currency": "currency", "groupid": "groupid", "marketingoptin": "marketing_emails_opt_in"}


def shown_term(client: Row, param: str, sent: str) -> str:
    """Give a parameter as the client now has it; as it was sent where that is not shown."""
    value = client.get(_TERMS[param])
    if value is None:
        return sent
    is_mark = param == "marketingoptin"
    return str(int(_flag("GetClientsDetails", value))) if is_mark else str(value)


def version(action: str, reply: Reply) -> str:
    """Give the version, like `8.13.1`, of WhmcsDetails or GetAdminDetails."""
    details = reply.get("whmcs")
    version = _text(details, "version") if isinstance(details, dict) else ""
    if not re.match(r"\d+\.\d+", version):
        raise UnexpectedReply(action, "no version")
    return version


def made(action: str, reply: Reply, field: str) -> str:
    """Give the id of what was made; without one it is made, and we do not know what."""
    try:
        return row_id(action, reply, field)
    except UnexpectedReply as error:
        raise NoAnswer(action, f"success, but {error.message}") from None


def warning(reply: Reply) -> str:
    """Give what the target remarked on a write that it carried out, "" for nothing."""
    said = clean(str(reply.get("warning") or ""))
    return f"the target warned: {said}" if said else ""


# --- resources to parameters ----------------------------------------------------------------


def user_params(wanted: User, password: str, placeholder: str) -> dict[str, str]:
    """Give the parameters of AddUser, which wants both names."""
    return {
        "firstname": wanted.first_name or placeholder,
        "lastname": wanted.last_name or placeholder,
        "email": wanted.email,
        "password2": password,
        **({"language": wanted.language} if wanted.language else {}),
    }


def account_params(wanted: Account) -> dict[str, str]:
    """Give the parameters of AddClient that say who the client is."""
    return {
        **profile_params(wanted.profile),
        "email": wanted.email or wanted.owner,
        **({"language": wanted.language} if wanted.language else {}),
    }


def contact_params(wanted: Contact) -> dict[str, str]:
    """Give the parameters of AddContact; never those of a sub-account."""
    return profile_params(wanted.profile) | contact_changes(wanted)


def contact_changes(wanted: Contact) -> dict[str, str]:
    """Give the parameters of UpdateContact: what is compared, so not company and address."""
    return {
        "firstname": wanted.profile.first_name,
        "lastname": wanted.profile.last_name,
        "email": wanted.email,
        **{
            f"email_preferences[{key}]": "1" if key in wanted.preferences else "0"
            for key in PREFERENCES
        },
    }


def profile_params(profile: Profile) -> dict[str, str]:
    """Give names and address as they are: entities are decoded on reading, never made."""
    return {param: getattr(profile, field) for field, param in _PROFILE.items()}


def permission_param(wanted: Permissions) -> str:
    return ",".join(wanted)


# --- the parts ------------------------------------------------------------------------------


def _text(row: Row, field: str) -> str:
    value = row.get(field)
    return clean(str(value)) if value else ""


def _date(row: Row, field: str) -> str:
    """Give a day; the API and the tables write it alike, a day that is none as zeros."""
    day = re.match(r"[1-9]\d{3}-\d\d-\d\d", _text(row, field))
    return day.group() if day else ""


def _profile(row: Row) -> Profile:
    return Profile(*[_text(row, param) for param in _PROFILE.values()])


def _owns(action: str, row: Row) -> bool:
    """Read isOwner (GetUsers) or is_owner (GetClientsDetails)."""
    field = "isOwner" if "isOwner" in row else "is_owner"
    if field not in row:
        raise UnexpectedReply(action, "a membership that does not say whose account it is")
    return _flag(action, row[field])


def _preferences(row: Row) -> tuple[Preference, ...]:
    nested = row.get("email_preferences")
    if nested == []:  # as PHP writes a map that holds nothing
        nested = dict.fromkeys(PREFERENCES, 0)
    switches: Mapping[str, object] = nested if isinstance(nested, dict) else {}
    flags = [row.get(field, switches.get(key)) for key, field in _SWITCHES]
    return _switched_on(tuple([None if value is None else str(value) for value in flags]))


_SWITCHES = tuple((key, f"{key}emails") for key in PREFERENCES)


@lru_cache(maxsize=1024)  # six switches
def _switched_on(flags: tuple[str | None, ...]) -> tuple[Preference, ...]:
    # A release without one category is known; a contact without any is not.
    if all(value is None for value in flags):
        raise UnexpectedReply("GetContacts", "a contact without its mail preferences")
    switches = zip(PREFERENCES, flags, strict=True)
    return tuple(key for key, flag in switches if _flag("GetContacts", flag))


def _keys(action: str, value: object) -> Iterator[str]:
    """Give the permission keys of a list, a wrapped list, a CSV or a map of key to flag.

    Or of a text that holds one of these as JSON, as the column of a database may.
    """
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise UnexpectedReply(action, f"permissions that are {value!r}") from None
    if isinstance(value, dict) and value and "permission" not in value:
        flags = {str(key): flag for key, flag in value.items()}
        if not all(key.isdecimal() for key in flags):
            value = [key for key, flag in flags.items() if _flag(action, flag)]
    for item in items(value, "permission"):
        if not isinstance(item, str):
            raise UnexpectedReply(action, f"a permission that is a {type(item).__name__}")
        yield from filter(None, (small(key.strip()) for key in item.split(",")))


def _flag(action: str, value: object) -> bool:
    flag = read_flag(None if value is None else str(value))
    if flag is None:
        raise UnexpectedReply(action, f"a flag that is {value!r}")
    return flag
