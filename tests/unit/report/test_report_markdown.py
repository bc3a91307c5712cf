"""report.md, as a reader of Markdown sees it."""

import msgspec
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from report_fixture import COUNTS, FINDINGS, HEADER, HOSTILE, REFUSAL, a_report, an_empty_report

from syncd.model.text import visible
from syncd.report import markdown
from syncd.report.facts import Report


def tokens(report: Report) -> list[Token]:
    blocks = MarkdownIt("commonmark").enable("table").parse(markdown.render(report))
    return [token for block in blocks for token in (block, *(block.children or ()))]


def shown(report: Report) -> str:
    return " ".join(token.content for token in tokens(report) if token.type != "inline")


def test_the_verdict_is_the_title():
    assert markdown.render(a_report()).startswith(
        "## Ready with decisions: 17 to decide, 4 to correct\n"
    )
    assert markdown.render(an_empty_report()).startswith("## Ready: nothing open\n")


@pytest.mark.parametrize("refusals", [(), (REFUSAL,)])
def test_no_sentence_is_cut(refusals):
    report = a_report(refusals=refusals)
    said = shown(report)
    for sentence in report.sentences:
        assert sentence in said
    for finding in FINDINGS:
        if finding.severity != "note":
            assert finding.sentence in said
            assert finding.advice in said


def test_counts_that_do_not_add_up_are_an_error():
    assert "ERROR" not in shown(a_report())
    wrong = a_report(counts=msgspec.structs.replace(COUNTS, contacts=1205))
    assert "ERROR: The counts do not add up" in shown(wrong)


def test_data_is_text_and_nothing_else():
    nasty = f"{HOSTILE} [a](javascript:1) <https://a.example> *b* `c` | d ~~e~~ #17 @you"
    source = msgspec.structs.replace(HEADER.sources[0], origin=nasty, remarks=(nasty,))
    report = a_report(header=msgspec.structs.replace(HEADER, sources=(source,), target=nasty))

    kinds = {token.type for token in tokens(report)}
    assert not kinds & {"html_inline", "html_block", "link_open", "em_open", "image"}
    assert shown(report).count(visible(nasty)) == 3
    # What a page of tickets would make a link or a mention by itself.
    written = markdown.render(report)
    assert "https://" not in written
    assert "@you" not in written
    assert " #17" not in written


def test_long_tables_say_where_the_rest_is():
    block = next(each for each in FINDINGS if each.severity == "block")
    many = tuple(msgspec.structs.replace(block, code=f"code_{n}") for n in range(7))
    assert "and 4 more rows in report.html" in shown(a_report(findings=many))
