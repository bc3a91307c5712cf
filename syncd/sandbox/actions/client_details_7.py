"""What GetClientsDetails told before there were users: the login is the client's own."""

from typing import Any

from sqlalchemy import Row

from syncd.sandbox import countries, preferences
from syncd.sandbox.registry import Body

_COPIED = (
    *("firstname", "lastname", "companyname", "email", "address1", "address2", "city", "state"),
    *("postcode", "country", "phonenumber", "tax_id", "password", "billingcid", "notes"),
    *("currency", "defaultgateway", "securityqid", "securityqans", "groupid", "status", "language"),
)
# Booleans as PHP prints them where all is text.
_FLAGS = (
    *("taxexempt", "latefeeoveride", "overideduenotices", "separateinvoices", "disableautocc"),
    *("emailoptout", "marketing_emails_opt_in", "overrideautoclose"),
)


def details(client: Row[Any], last_login: str, currency_code: str) -> Body:
    """Return a client as 7.10 shows it; the second factor only by whether there is one."""
    return {
        "userid": client.id,
        "id": client.id,
        "uuid": client.uuid,
        **{name: getattr(client, name) for name in _COPIED},
        "fullname": f"{client.firstname} {client.lastname}",
        "fullstate": client.state,
        "statecode": client.state,
        "countrycode": client.country,
        **countries.shown(client.phonenumber, client.country),
        "twofaenabled": "1" if client.authmodule else "",
        "email_preferences": preferences.of_client(client),
        "credit": f"{client.credit:.2f}",
        **{name: "1" if getattr(client, name) else "" for name in _FLAGS},
        "allowSingleSignOn": client.allow_sso,
        "lastlogin": last_login,
        "currency_code": currency_code,
    }
