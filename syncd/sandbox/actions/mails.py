"""SendEmail, GetEmails."""

import base64
import binascii

import phpserialize
from sqlalchemy import select

from syncd.sandbox import lookup, mail, paging, schema
from syncd.sandbox.registry import Body, Call, Refusal, action, success

_TYPES = ("general", "product", "domain", "invoice", "support", "affiliate")
_FAILED = "Sending Failed. Please see documentation."


@action("SendEmail", writes=True)
def send_email(call: Call) -> Body:
    """Mail a client. Only the general type can work: there are no services or invoices here."""
    kind, letter = _letter(call)
    _check_variables(call.params.text("customvars"))
    if not call.params.text("id"):
        raise Refusal("A related ID is required")
    client = lookup.client(call.db, call.params.integer("id"))
    if client is None or kind != "general":
        raise Refusal(_FAILED)
    mail.send_to_client(call, client, letter)
    return success()


@action("GetEmails", since=(7, 0))
def get_emails(call: Call) -> Body:
    client_id = call.params.integer("clientid")
    if lookup.client(call.db, client_id) is None:
        raise Refusal("Client ID Not Found")
    table = schema.emails
    matching = [table.c.userid == client_id]
    if call.params.text("date"):
        matching.append(lookup.starts_with(call.params.text("date"), table, table.c.date))
    if call.params.text("subject"):
        matching.append(lookup.contains(table.c.subject, call.params.text("subject")))
    page = paging.read(call, table, matching, table.c.id)
    rows = [dict(row) for row in page.rows]
    return success(**page.counters(), emails={"email": rows})


def _letter(call: Call) -> tuple[str, mail.Letter]:
    """Return the type of mail and the letter, from a template or made to measure."""
    params = call.params
    if params.text("messagename"):
        return _from_template(call, params.text("messagename"))
    kind = params.text("customtype")
    if not kind:
        message = "You must provide either an existing email template name or a custom message type"
        raise Refusal(message)
    if kind not in _TYPES:
        raise Refusal("Invalid message type provided")
    if not params.text("customsubject"):
        raise Refusal("A subject is required for a custom message")
    if not params.text("custommessage"):
        raise Refusal("A message body is required for a custom message")
    subject, body = params.text("customsubject"), params.text("custommessage")
    return kind, mail.Letter("email", subject, body, kind)


def _from_template(call: Call, name: str) -> tuple[str, mail.Letter]:
    table = schema.email_templates
    template = call.db.execute(select(table).where(table.c.name == name)).first()
    if template is None:
        raise Refusal("Email Template not found")
    if template.disabled:
        raise Refusal("Email Template is disabled")
    letter = mail.Letter("email", template.subject, template.message, template.type)
    return template.type, letter


def _check_variables(encoded: str) -> None:
    if not encoded:
        return
    try:
        variables = phpserialize.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refusal("The custom variables you provided are invalid.") from error
    if not isinstance(variables, dict):
        raise Refusal("The custom variables you provided are invalid.")
