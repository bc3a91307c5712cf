"""The section of the configuration that has workers help to make plans."""

from typing import Annotated

from pydantic import AfterValidator, Field

from syncd.config.fields import File, Secret
from syncd.config.keeping import is_database
from syncd.config.section import Section


def _is_queue(value: str) -> str:
    return is_database(value, "workers.password", "the jobs of a plan")


class WorkerSettings(Section):
    database: Annotated[str, AfterValidator(_is_queue)]
    password: Secret | None = None
    folder: File
    shares: int = Field(default=8, ge=1, le=256)
    wait: float = Field(default=60, ge=1, le=86_400)  # seconds
