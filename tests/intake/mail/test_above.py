"""What stands above the first quote, of the desk's own e-mails to analysts as mail programs quote them."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from textwrap import wrap

import pytest

from journal.answering import ANSWER_LINE
from services.intake.mail.parse import parse
from services.intake.mail.reply import Reply, split_reply
from tests.notifier.test_wording import DESK, FACTS, WORDS

OWN = "Ana, já corrigimos.\n\nPode emitir de novo."
WHY = (
    "Cliente difícil e em atraso com os pagamentos; o jurídico pediu que ninguém prometa reembolso antes de falar com a "
    "diretoria da Serra, que responde até sexta-feira.\n\nNão repasse isto.\n\nNem o número do processo: 0001234."
)
SAYS = WORDS.write(
    "assigned", "pt-BR", {**DESK, **FACTS["assigned"], "text": WHY, "answer_line": ANSWER_LINE["pt-BR"]}
)
WROTE = "Em seg., 2 de mar. de 2026 às 09:12, Suporte Exemplo <suporte@desk.example> escreveu:"
HEADER = "De: Suporte <suporte@desk.example>\nEnviada em: segunda-feira\nPara: Bruno\nAssunto: Nota"


def quoted(*, blanks_marked: bool, width: int) -> str:
    """The e-mail as a quote of lines as wide at most: what is wrapped loses its mark."""
    lines: list[str] = []
    for line in SAYS.text.splitlines():
        lines += wrap(f"> {line}", width, break_long_words=False) if line else [">" if blanks_marked else ""]
    return "\n".join(lines)


def in_html(body: str) -> str:
    """The text of a mail that has nothing but HTML."""
    made = EmailMessage(SMTP)
    made["From"] = "bruno@desk.example"
    made.set_content(body, subtype="html")
    return parse(made.as_bytes()).text


def inner(html: str) -> str:
    found = re.search(r"<body[^>]*>(.*)</body>", html, re.DOTALL)
    assert found
    return found[1]


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("blanks_marked", [True, False])
@pytest.mark.parametrize("width", [40, 66, 72, 78, 998])
@pytest.mark.parametrize("intro", [WROTE, HEADER, "", "Suporte:"])
def test_nothing_of_what_is_quoted_is_above(intro: str, width: int, blanks_marked: bool) -> None:
    quote = quoted(blanks_marked=blanks_marked, width=width)
    reply = split_reply(f"{OWN}\n\n{intro}\n{quote}\n\nBruno")
    assert lines(reply.above) == [*lines(OWN), *([intro] if intro == "Suporte:" else [])]
    assert lines(reply.below)[-1] == "Bruno"


@pytest.mark.parametrize(
    "form",
    [
        "<div>{own}</div><div class='gmail_quote'>{wrote}<blockquote>{mail}</blockquote></div>",
        "<div>{own}</div><blockquote>{mail}</blockquote>",
        "<div>{own}</div><hr><div>{header}</div>{mail}",
    ],
)
def test_nor_of_a_mail_that_is_html_alone(form: str) -> None:
    own, wrote, header = (escape(text).replace("\n", "<br>") for text in (OWN, WROTE, HEADER))
    body = form.format(own=own, wrote=wrote, header=header, mail=inner(SAYS.html))
    assert lines(split_reply(in_html(body)).above) == lines(OWN)


@pytest.mark.parametrize(
    "text",
    [
        f"{WROTE}\n{quoted(blanks_marked=True, width=998)}\n\n{OWN}",
        f"{quoted(blanks_marked=False, width=72)}\n\n{OWN}",
        f"{WROTE}\n\n{SAYS.text}",
        f"---------- Mensagem encaminhada ---------\n{HEADER}\n\n{SAYS.text}",
        "> uma linha só",
        "Enviado do meu iPhone",
        "",
    ],
)
def test_who_writes_below_the_quote_says_nothing_above_it(text: str) -> None:
    assert split_reply(text).above == ""


def test_who_writes_between_is_read_up_to_the_quote() -> None:
    reply = split_reply("Veja abaixo.\n\n> Motivo?\n\nNenhum.\n\n> E agora?\n\nNada.")
    assert reply.above == "Veja abaixo."
    assert reply.own == "Veja abaixo.\n\nNenhum.\n\nNada.", "of everybody else it is all theirs"


def test_without_a_quote_all_is_above() -> None:
    assert split_reply(OWN) == Reply(OWN, "", OWN, "")
