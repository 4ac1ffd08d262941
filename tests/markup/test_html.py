"""HTML of others, shown safely and read as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markup.html import sanitise, to_text


def url(content_id: str) -> str | None:
    return f"/anexos/{content_id}" if content_id.startswith("ok") else None


def test_an_image_that_came_along_is_shown() -> None:
    assert sanitise('<p>a<img src="CID:ok1@x" alt="Tela" width="20" onerror="x()"></p>', url) == (
        '<p>a<img src="/anexos/ok1@x" alt="Tela" width="20"></p>'
    )


def test_an_image_may_be_named_percent_encoded() -> None:
    known = {"ima@ge1": "/b"}.get
    assert sanitise('<img src="cid:ima%40ge1">', known) == '<img src="/b" alt="">'
    exact = {"50%41": "/a"}.get
    assert sanitise('<img src="cid:50%41">', exact) == '<img src="/a" alt="">'


def test_an_image_that_is_missing_leaves_its_description() -> None:
    assert sanitise('<p><img src="cid:gone" alt="Tela"></p>', url) == "<p>Tela</p>"


def test_a_remote_image_becomes_a_link() -> None:
    shown = sanitise('<img src="https://track.example/p.gif?u=1" alt="Logo">', url)
    assert "<img" not in shown
    assert 'href="https://track.example/p.gif?u=1"' in shown
    assert ">[Logo]</a>" in shown


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<img src="//evil.example/x.png">',
        '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="/admin/apagar">x</a>',
        '<div style="background:url(http://evil.example)">x</div>',
        "<style>@import 'http://evil.example'</style>",
        '<iframe src="http://evil.example"></iframe><form action="/sair"><input></form>',
        "<svg><script>alert(1)</script></svg><math><mtext><img src=x onerror=alert(1)></mtext></math>",
        '<a title="<img alt=" href="https://a.example/" rel=" src=&quot; onerror=alert(1)">x</a>',
        '<img src="http://a.example/&quot;onload=alert(1)//" alt="&lt;script&gt;alert(1)&lt;/script&gt;">',
        '<base href="http://evil.example"><meta http-equiv="refresh" content="0;url=http://evil.example">',
        '<link rel="stylesheet" href="http://evil.example/x.css"><object data="http://evil.example"></object>',
        '<video poster="http://evil.example"><source srcset="http://evil.example 1x"></video><body background="http://evil.example">',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(html: str) -> None:
    shown = sanitise(html, url)
    assert not re.search(
        r"<(script|style|iframe|svg|math|form|input|base|meta|link|object|video|source|body)",
        shown,
        re.IGNORECASE,
    )
    tags = re.findall(r"<[^<>]*>", shown)
    assert not any(re.search(r"\s(on\w+|style|srcset|background|poster)\s*=", tag) for tag in tags)
    assert not any(re.search(r"(href|src)=\"(?!https?:)", tag) for tag in tags)
    assert "<img" not in shown


@given(
    st.lists(
        st.sampled_from(
            [
                "<img src=",
                '"cid:ok"',
                '"http://e.example"',
                "<a title=",
                "'",
                '"',
                ">",
                "</a>",
                " onerror=x()",
                "<",
                "&quot;",
                "<p>",
                "x",
                " alt=",
            ]
        ),
        max_size=14,
    )
)
def test_no_arrangement_gets_a_foreign_image_through(pieces: list[str]) -> None:
    shown = sanitise("".join(pieces), url)
    for tag in re.findall(r"<img\b[^>]*>", shown):
        assert re.match(r'<img src="/anexos/ok[^"]*"', tag) or "src=" not in tag, shown
        assert "onerror=" not in re.sub(r'"[^"]*"', "", tag)


def test_readable_text() -> None:
    html = """<html><head><title>x</title></head><body><h1>Erro</h1><p>Não   abre<br>desde ontem,
      <a href="https://x.example/a">veja</a> ou <a href="https://x.example/">https://x.example</a>.</p>
      <ul><li>um</li><li>dois</li></ul><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>
      <blockquote><p>Qual?</p><blockquote>Antes</blockquote></blockquote><pre>  x
  y</pre></body></html>"""
    assert to_text(html) == (
        "Erro\n\nNão abre\ndesde ontem, veja <https://x.example/a> ou https://x.example.\n\n- um\n- dois\n\n"
        "a\tb\nc\n\n> Qual?\n>\n> > Antes\n\n  x\n  y"
    )


def test_absurd_nesting_is_shown_as_text() -> None:
    shown = sanitise("<div>" * 1_000 + "Oi <b>&lt;script&gt;</b>", url)
    assert re.sub(r"\s+", " ", shown) == "<pre>Oi &lt;script&gt;</pre>"
