"""What a table of the workspace is: see `tables`, which has all of them."""

import msgspec

RESOURCE = "key TEXT, kind TEXT, account TEXT, email TEXT, fp TEXT, body TEXT"


class Table(msgspec.Struct, frozen=True):
    """`writer` is the stage that adds the rows, `row` what one of them says."""

    name: str
    writer: str
    row: str
    columns: str
