"""What people write is shown as a little Markdown, and can be nothing else."""

import time

import pytest

from services.gateway.said import said


def inside(text: str) -> str:
    return str(said(text)).removeprefix('<div class="said marked">').removesuffix("</div>").replace("\n", "")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("um\ndois\n\ntrês", "<p>um<br>dois</p><p>três</p>"),
        ("**forte** e *suave*", "<p><strong>forte</strong> e <em>suave</em></p>"),
        ("nome_do_arquivo_novo", "<p>nome_do_arquivo_novo</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```\nx <y>\n```", "<pre><code>x &lt;y&gt;</code></pre>"),
        ("[nota](https://a.example/?b=1)", '<p><a href="https://a.example/?b=1" rel="noopener nofollow">nota</a></p>'),
        ("<https://a.example>", '<p><a href="https://a.example" rel="noopener nofollow">https://a.example</a></p>'),
        ("\\*não\\*", "<p>*não*</p>"),
    ],
)  # fmt: skip
def test_the_marks_that_are_read(typed: str, shown: str) -> None:
    assert inside(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](//evil.example)",
        "[x](/parked)",
        "[x](mailto:a@b.example)",
        "<javascript:alert(1)>",
        "# título",
        "> citado",
        "![x](file:///etc/passwd)",
        "[x]: https://a.example\n[x]",
        "<!-- x -->",
        "|a|b|\n|-|-|",
        "&lt;b&gt;",
    ],
)
def test_all_else_stays_the_characters_that_were_typed(typed: str) -> None:
    shown = inside(typed)
    for tag in ("<script", "<img", "<a ", "<h1", "<blockquote", "<table", "<!--", "<b>"):
        assert tag not in shown
    assert shown.startswith("<p>")
    assert said(typed).striptags().split() == typed.split()


def test_what_came_by_mail_is_shown_as_typed() -> None:
    assert said("<b>a</b>\n- &", plain=True) == '<div class="said">&lt;b&gt;a&lt;/b&gt;\n- &amp;</div>'


@pytest.mark.parametrize("piece", ["[", "*a ", "`a", "**a", "([", "[a](", "- ", "_a*b", "<http:", "\\"])
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    said((piece * 50_000)[:50_000])
    assert time.process_time() - started < 2
