"""The commands of `syncd ownership` as they are typed; see `app`."""

from enum import StrEnum
from typing import Annotated

import typer

from syncd.cli.options import DEFAULT, AsJson, Commands, ConfigPath

ownership = Commands(
    no_args_is_help=True,
    help="Record, list, confirm or reject ownership requests. Nothing here changes an owner: that "
    "is done by a person, in the target's admin area.",
)


class _Confirming(StrEnum):
    OWNER = "owner"
    NEW_OWNER = "new-owner"


_ACCOUNT = "An account like legacy/17, as the request names it."
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help=_ACCOUNT)]
By = Annotated[str, typer.Option("--by", help="Who records this: your name.")]


@ownership.command("request")
def request_ownership(
    asked_by: Annotated[
        str, typer.Option("--from", help="The address of the present owner, who asks.")
    ],
    new_owner: Annotated[str, typer.Option("--to", help="The address of the new owner.")],
    ticket: Annotated[str, typer.Option(help="The number of the ticket.")],
    by: By,
    account: Annotated[
        str, typer.Option(help="An account like legacy/17; needed where the owner has several.")
    ] = "",
    config: ConfigPath = DEFAULT,
) -> None:
    """Record that the owner of an account asks for another owner."""
    from syncd.cli.ownership import record

    record(config, asked_by, new_owner, account, ticket, by)


@ownership.command("list")
def list_requests(
    config: ConfigPath = DEFAULT,
    every: Annotated[  # noqa: FBT002
        bool, typer.Option("--all", help="Those that are over as well.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the requests that stand, what each lacks, and what to do next."""
    from syncd.cli.ownership import show_requests

    show_requests(config, every=every, as_json=as_json)


@ownership.command("confirm")
def confirm_request(
    account: AccountArgument,
    side: Annotated[_Confirming, typer.Option("--of", help="Who has confirmed.")],
    by: By,
    config: ConfigPath = DEFAULT,
) -> None:
    """Record that the present or the new owner has confirmed a request."""
    from syncd.cli.ownership import confirm

    confirm(config, account, side.value, by)


@ownership.command("reject")
def reject_request(
    account: AccountArgument,
    by: By,
    because: Annotated[str, typer.Option(help="Why; kept in the journal.")],
    config: ConfigPath = DEFAULT,
) -> None:
    """Record that a request is not granted, and why."""
    from syncd.cli.ownership import reject

    reject(config, account, by, because)
