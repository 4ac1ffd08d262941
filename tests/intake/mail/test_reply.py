"""What the sender wrote himself."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.inner_header import forwarded_header, is_forward
from services.intake.mail.parse import parse
from services.intake.mail.reply import split_reply
from tests.intake.mail.corpus import mail, reply_texts
from tests.intake.mail.reply_cases import CASES

FLOOR = 66
"""Of 71. The others: two rows contradict a third, two want a line or an empty line of the sender's dropped, one a
company's footer under the quote."""


def test_cases_enough() -> None:
    """Source: issue 5, point 3: at least 60 of our own."""
    assert len({name for name, _, _ in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize(("text", "own"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_replies_of_brazilian_mail_programs(text: str, own: str) -> None:
    assert split_reply(text).own == own


@pytest.mark.parametrize("text", [case[1] for case in CASES])
def test_nothing_is_dropped(text: str) -> None:
    reply = split_reply(text)
    for one, other in ((reply.own, reply.quoted), (reply.above, reply.below)):
        assert Counter(re.findall(r"\S+", one + "\n" + other)) == Counter(re.findall(r"\S+", text))


WRITTEN = st.sampled_from([line for _, text, _ in CASES for line in text.split("\n")]) | st.text(max_size=30)


@given(st.lists(WRITTEN, max_size=25))
def test_nothing_is_dropped_of_any_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply = split_reply(text)
    told = Counter(reply.own + reply.quoted)
    assert {c: n for c, n in told.items() if not c.isspace()} == {
        c: n for c, n in Counter(text).items() if not c.isspace()
    }
    assert reply.own.strip() or not text.strip()
    assert _bare(reply.above + reply.below) == _bare(text), "in two at one place"
    assert not any(line.lstrip().startswith(">") for line in reply.above.split("\n"))


def _bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.skipif(not reply_texts(), reason="../shared/cases is not there")
def test_the_score_on_the_cases_of_others() -> None:
    rows = reply_texts()
    right = sum(_shown(split_reply(row["text"]).own) == _shown(row["expected"]) for row in rows)
    print(f"\nreply_text.json: {right} of {len(rows)}")
    assert right >= FLOOR


def _shown(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def test_an_attribution_within_a_line_is_split_off() -> None:
    reply = split_reply("Certo, ok --- Em 2 de mar. de 2026, ana@x.example escreveu:\n> Oi\n> Tudo?")
    assert reply.own == "Certo, ok"


def test_a_language_that_only_the_library_knows() -> None:
    reply = split_reply("Díky.\n\nDne 2. 3. 2026 v 10:15 Podpora napsal(a):\nFunguje?")
    assert reply.own == "Díky."


def test_forwards_by_their_subject() -> None:
    assert all(map(is_forward, ("ENC: erro", "Fwd: erro", "FW: erro", " Encaminhada: x")))
    assert not any(map(is_forward, ("RES: erro", "Encontrei um erro", "")))


def test_who_wrote_what_is_passed_on() -> None:
    marked = (
        "Vejam.\n\n---------- Mensagem encaminhada ---------\nDe: Eva Luz <eva@x.example>\nPara: Ana\n\nErro"
    )
    assert forwarded_header(marked, marked=True) == "Eva Luz <eva@x.example>"
    outlook = (
        "Vejam.\n\n*De:* Eva Luz <eva@x.example>\n*Enviada em:* hoje\n*Para:* Ana\n*Assunto:* Erro\n\nErro"
    )
    assert forwarded_header(outlook, marked=False) == "Eva Luz <eva@x.example>"
    assert forwarded_header(outlook, marked=True) == "", "a reply has such a header too"
    assert forwarded_header("De: Almoxarifado\nPara: Recepção", marked=False) == ""


@pytest.mark.parametrize(
    "html",
    [
        "<div>Veja.</div><div class='gmail_quote'>{wrote}<br><blockquote>Qual a versão?</blockquote></div>"
        "<div>A 12.1.</div><blockquote>Em qual máquina?</blockquote><div>Na do caixa.</div>",
        "<p>Veja.</p><div style='border-top:solid'>{header}</div><blockquote><p>Qual a versão?</p></blockquote>"
        "<p>A 12.1.</p><blockquote><p>Em qual máquina?</p></blockquote><p>Na do caixa.</p>",
    ],
)
def test_what_stands_between_the_quotes_of_html_is_the_senders(html: str) -> None:
    wrote = "Em seg., 2 de mar. de 2026 às 10:15, Suporte &lt;suporte@desk.example&gt; escreveu:"
    header = "De: Suporte<br>Enviada em: segunda-feira<br>Para: Ana<br>Assunto: Erro"
    body = html.format(wrote=wrote, header=header)
    read = parse(mail("Content-Type: text/html; charset=utf-8", body=body))
    assert split_reply(read.text).own == "Veja.\n\nA 12.1.\n\nNa do caixa."
