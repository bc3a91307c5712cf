"""What `undo` cannot take back, by kind and verb: known before a plan is applied."""

from syncd.model.change import Verb

# Every other change is taken back as it was made: permissions and contacts are set as they were.
IRREVERSIBLE = {
    ("user", Verb.ADD): "no call deletes a user; remove it by hand, under Manage Users",
    ("account", Verb.ADD): "it may be in use by then; close it by hand",
    ("contact", Verb.ADD): "it may be in use by then; delete it by hand",
    (
        "membership",
        Verb.ADD,
    ): "a mail that was sent stays sent: cancel the invitation by hand, on the client's Users tab; "
    "once it is accepted, undo removes the membership",
    ("membership", Verb.REMOVE): "undo can only invite the person again, who then has to accept",
}
