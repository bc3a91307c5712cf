"""The commands of `syncd init` and `syncd config` as they are typed; see `app`."""

from typing import Annotated

import typer

from syncd.cli.options import DEFAULT, AsJson, Commands, ConfigPath

config = Commands(no_args_is_help=True, help="Show or validate the configuration.")


def init(  # noqa: PLR0913, PLR0917, a question each
    config: ConfigPath = DEFAULT,
    source: Annotated[
        str | None, typer.Option(help="Where the sub-accounts are: mysql, backup or whmcs_api.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="The URL of the new WHMCS.")] = None,
    host: Annotated[str | None, typer.Option(help="The host of the legacy database.")] = None,
    database: Annotated[str | None, typer.Option(help="Its name.")] = None,
    user: Annotated[str | None, typer.Option(help="The user that may only read it.")] = None,
    backup: Annotated[str | None, typer.Option(help="The path of the backup.")] = None,
    legacy_url: Annotated[str | None, typer.Option(help="The URL of the legacy WHMCS.")] = None,
    mode: Annotated[str | None, typer.Option(help="policy.mode of the configuration.")] = None,
    cutover: Annotated[str | None, typer.Option(help="Its policy.cutover.")] = None,
    create_missing: Annotated[
        bool | None, typer.Option(help="Its accounts.create_missing.")
    ] = None,
    state_dir: Annotated[str | None, typer.Option(help="Its state_dir.")] = None,
    secrets: Annotated[
        str | None, typer.Option(help="How it names secrets: credential (of systemd) or file.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(help="This machine, as the legacy database sees it; for the grants."),
    ] = None,
    replace: Annotated[  # noqa: FBT002
        bool, typer.Option("--replace", help="Write over a configuration that is there.")
    ] = False,
) -> None:
    """Write a configuration: asks at a terminal what no option says.

    Prints what is left to do: the grants of the database, the API role, and where secrets go.
    """
    from syncd.cli.init import write_config

    answers = {
        "source": source, "url": url, "host": host, "database": database, "user": user,
        "backup": backup, "legacy_url": legacy_url, "mode": mode, "cutover": cutover,
        "create_missing": create_missing, "state_dir": state_dir, "secrets": secrets,
    }  # fmt: skip
    write_config(config, answers, address, replace=replace)


@config.command("show")
def show_config(config: ConfigPath = DEFAULT, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Show every setting that counts, from the file or by default. No secret is shown."""
    from syncd.cli.config import show_settings

    show_settings(config, as_json=as_json)


@config.command("validate")
def validate_config(config: ConfigPath = DEFAULT, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Name all faults of the configuration and of the files it names, with their lines."""
    from syncd.cli.config import show_faults

    show_faults(config, as_json=as_json)
