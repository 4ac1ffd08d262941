"""RFC 3676: paragraphs are read as they were written, quotes and signatures stay what they are."""

import pytest

from services.intake.mail.flowed import unflowed
from services.intake.mail.parse import parse
from services.intake.mail.reply import split_reply
from tests.intake.mail.corpus import mail


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("uma linha \nque segue \naté aqui\noutra", "uma linha que segue até aqui\noutra"),
        ("fixa\n\nfixa", "fixa\n\nfixa"),
        ("> citada \n> que segue\nminha", "> citada que segue\nminha"),
        (">> fundo \n> raso \nmeu", ">> fundo \n> raso \nmeu"),
        (" >não é citação\n From aqui", ">não é citação\nFrom aqui"),
        ("texto \n-- \nAna \nPrado", "texto \n-- \nAna Prado"),
        (">\n> a", "> \n> a"),
        ("", ""),
    ],
)
def test_soft_breaks_are_undone(text: str, whole: str) -> None:
    assert unflowed(text) == whole


def test_delsp_deletes_the_space_of_the_break() -> None:
    assert unflowed("palavra co \nmprida  \nfim", delete_space=True) == "palavra comprida fim"


def test_only_where_the_part_says_so() -> None:
    body = "linha \r\nque segue\r\n\r\n> citada \r\n> que segue\r\n"
    flowed = parse(mail("Content-Type: text/plain; charset=utf-8; format=Flowed", body=body))
    assert flowed.text.strip() == "linha que segue\n\n> citada que segue"
    assert parse(mail("Content-Type: text/plain", body=body)).text.startswith("linha \nque segue")


def test_a_signature_of_a_flowed_mail_is_folded() -> None:
    read = parse(
        mail("Content-Type: text/plain; format=flowed", body="Voltou o erro.\r\n\r\n-- \r\nAna \r\nPrado\r\n")
    )
    assert split_reply(read.text).own == "Voltou o erro."
