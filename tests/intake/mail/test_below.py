"""What an analyst wrote between or below what is quoted is found; what programs put there is not taken for it."""

import pytest

from services.intake.mail.below import written_below
from services.intake.mail.parse import parse
from services.intake.mail.reply import split_reply
from tests.intake.mail.corpus import mail
from tests.intake.mail.test_above import HEADER, OWN, SAYS, WROTE, lines, quoted

GMAIL = "On Mon, Mar 2, 2026 at 10:15 AM Support <support@desk.example> wrote:"
APPLE = "> Em 5 de mar. de 2026, à(s) 09:12, Suporte <suporte@desk.example> escreveu:\n> \n"
MARKED = (
    "> O solicitante escreveu no atendimento 2026-000123.\n>\n> Emite por qual série?\n> E qual é o CFOP?"
)
LEGAL = (
    "AVISO LEGAL: Esta mensagem, incluindo seus anexos, pode conter informações confidenciais e/ou privilegiadas,\n"
    "sendo seu sigilo protegido por lei. Se você não for o destinatário, apague-a.\n\n"
    "LEGAL NOTICE: This message may contain confidential or privileged information.\n\nExemplo Sistemas Ltda."
)
NOTICE = (
    "Esta mensagem e seus anexos são confidenciais e destinam-se somente ao destinatário. É proibida a sua\n"
    "divulgação sem autorização. Se a recebeu por engano, apague-a."
)
CONFIDENTIAL = (
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received\n"
    "it in error, please delete it."
)
AVAST = (
    "<https://www.avast.com/sig-email?utm_medium=email&utm_source=link>\nLivre de vírus.www.avast.com\n"
    "<https://www.avast.com/sig-email?utm_medium=email&utm_source=link>.\n<#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2>"
)


def below(text: str, sender: str = "Bruno Teles", address: str = "bruno.teles@desk.example") -> str:
    return written_below(split_reply(text).own_below, sender, address)


FOOTERS = {
    "gmail": f"{WROTE}\n\n{MARKED}",
    "gmail in english": f"{GMAIL}\n\n{MARKED}",
    "gmail, its signature below": f"{WROTE}\n\n{MARKED}\n\n\n-- \n*Bruno Teles*\nAnalista de Suporte\n(31) 3333-0000",
    "gmail, a signature as long as its notice": f"{WROTE}\n\n{MARKED}\n\n-- \nBruno Teles\n" + "Rua das Flores, 10\n" * 20,
    "gmail, a notice of the server's": f"{WROTE}\n\n{MARKED}\n\n{LEGAL}",
    "outlook": f"{HEADER}\n\nEmite por qual série?\n\nAtenciosamente,\nSuporte",
    "outlook, a rule, a picture": f"________________________________\n{HEADER}\n\nEmite por qual série?\n[cid:image001.png@01DA]",
    "outlook with marks, a notice below": f"{HEADER}\n\n{MARKED}\n\n{NOTICE}",
    "outlook in english, a notice below": f"-----Original Message-----\nFrom: Support\nSent: Monday\n\n{MARKED}\n\n{CONFIDENTIAL}",
    "outlook on a telephone": f"Obter o Outlook para iOS<https://aka.ms/o0ukef>\n________________________________\n{HEADER}\n\nQual?",
    "outlook on a telephone, below": f"{GMAIL}\n{MARKED}\n\nGet Outlook for Android<https://aka.ms/x>",
    "apple mail": f"{APPLE}{MARKED}",
    "apple mail, its signature below without a mark": f"{APPLE}{MARKED}\n\nBruno Teles\nAnalista de Suporte\nExemplo Sistemas Ltda.\nwww.desk.example",
    "apple mail on an iphone": f"Enviado do meu iPhone\n\n{APPLE}{MARKED}",
    "apple mail on an iphone, its line below": f"{APPLE}{MARKED}\n\nEnviado do meu iPhone",
    "apple mail on an iphone, in english": f"{GMAIL}\n\n{MARKED}\n\n\nSent from my iPhone",
    "proton mail": f"{GMAIL}\n\n{MARKED}\n\nSent with Proton Mail secure email.",
    "gmail on a telephone": f"{GMAIL}\n\n{MARKED}\n\nSent from Gmail Mobile",
    "apple mail on an iphone, a name under its line": f"{APPLE}{MARKED}\n\nEnviado do meu iPhone\nBruno Teles",
    "thunderbird": f"Em 05/03/2026 09:12, Suporte escreveu:\n{MARKED}\n\n-- \nBruno Teles\nbruno.teles@desk.example",
    "thunderbird, avast": f"Em 05/03/2026 09:12, Suporte escreveu:\n{MARKED}\n\n\n{AVAST}",
    "thunderbird, avast in words": f"On 05/03/2026 09:12, Support wrote:\n{MARKED}\n\n-- \nEste e-mail foi verificado pelo antivírus do Avast.\nwww.avast.com",
    "avast in english": f"{GMAIL}\n{MARKED}\n\n---\nThis email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus",
    "avg": f"{GMAIL}\n{MARKED}\n\nNo virus found in this message.\nChecked by AVG - www.avg.com\nVersion: 2016.0.7227",
    "mailscanner": f"{WROTE}\n{MARKED}\n\n--\nEsta mensagem foi verificada pelo sistema de antivírus e\nacredita-se estar livre de perigo.",
    "virus-free": f"{GMAIL}\n{MARKED}\n\nVirus-free. www.avg.com <https://www.avg.com/email-signature?x=1>",
    "a closing formula": f"{WROTE}\n{MARKED}\n\nAtenciosamente,\n\nBruno Teles\nAnalista de Suporte | Exemplo Sistemas\n(31) 3333-0000 | bruno.teles@desk.example\nRua das Flores, 10 - Belo Horizonte/MG - CEP 30000-000 - www.desk.example",
    "a short one": f"{WROTE}\n{MARKED}\n\nAtt, Bruno",
    "a nickname": f"{WROTE}\n{MARKED}\n\nAbraços, Beto",
    "thanks": f"{GMAIL}\n{MARKED}\n\nThanks,\nBruno",
    "regards of a name that the mail does not say": f"{GMAIL}\n{MARKED}\n\nBest regards,\nBT da Silva\nSupport",
    "a name and a title": f"{WROTE}\n{MARKED}\n\nBruno Teles | Suporte N2",
    "a signature, then notices": f"{WROTE}\n{MARKED}\n\nAtt.\nBruno\n\n[image: Logo Exemplo]\n\n{LEGAL}",
    "pictures": f"{WROTE}\n{MARKED}\n\n[image: image.png]\n[logo.png] <https://www.desk.example/>",
    "the environment": f"{WROTE}\n{MARKED}\n\nAntes de imprimir, pense em sua responsabilidade com o meio ambiente.",
    "opinions": f"{WROTE}\n{MARKED}\n\nAs opiniões expressas neste e-mail são de seu autor e não da empresa.",
    "the signature over the quote": f"-- \nBruno Teles\nSuporte\n\n{WROTE}\n{MARKED}",
    "a language that the library knows": "Dne 2. 3. 2026 v 10:15 Podpora napsal(a):\nFunguje?",
}  # fmt: skip


@pytest.mark.parametrize("form", FOOTERS)
def test_what_programs_and_companies_put_below_is_nobodys_answer(form: str) -> None:
    text = f"{OWN}\n\n{FOOTERS[form]}\n"
    assert below(text) == ""
    assert lines(split_reply(text).above) == lines(OWN)


@pytest.mark.parametrize("width", [66, 72, 76, 78, 998])
@pytest.mark.parametrize("intro", [WROTE, HEADER, ""])
def test_nor_is_the_rest_of_a_line_that_was_broken(intro: str, width: int) -> None:
    quote = quoted(blanks_marked=True, width=width)
    assert below(f"{OWN}\n\n{intro}\n{quote}\n\n-- \nBruno") == ""


ANSWERS = {
    "gmail, between": (
        f"{WROTE}\n\n> Emite por qual série?\n\nPela 2.\n\n> E qual é o CFOP?\n\nO 6.102.",
        "Pela 2.\n\nO 6.102.",
    ),
    "gmail in english, between": (
        f"{GMAIL}\n\n> Which series?\n\nThe second.\n\n> Which code?\n> Thanks",
        "The second.",
    ),
    "a word right under a question": (f"{WROTE}\n> Emite por qual série?\n2\n> E qual é o CFOP?\n6.102", "2\n\n6.102"),
    "right under a long question": (
        f"{WROTE}\n> Emite por qual série, e em qual dos dois caixas da loja de fora do estado?\nPela 2.\n> Obrigada",
        "Pela 2.",
    ),
    "a name as an answer": (f"{WROTE}\n> Quem atende?\nBruno\n> Obrigada", "Bruno"),
    "thunderbird, below": (f"Em 05/03/2026 09:12, Suporte escreveu:\n{MARKED}\n\nPela 2.\n\n-- \nBruno", "Pela 2."),
    "below, with a signature and a notice": (
        f"{WROTE}\n{MARKED}\n\nPela 2.\n\nAtt,\nBruno Teles\nSuporte\n\n{LEGAL}",
        "Pela 2.",
    ),
    "apple mail on an iphone, between": (
        f"Enviado do meu iPhone\n\n{APPLE}> Emite por qual série?\n\nPela 2.\n\n> E qual é o CFOP?",
        "Pela 2.",
    ),
    "under an iphone's line": ("Enviado do meu iPhone\n\nE reinicie o caixa.", "E reinicie o caixa."),
    "between an iphone's line and the quote": (
        f"Enviado do meu iPhone\n\nE reinicie o caixa.\n\n{APPLE}{MARKED}",
        "E reinicie o caixa.",
    ),
    "outlook with marks, between": (f"{HEADER}\n\n> Emite por qual série?\n\nPela 2.\n\n> E qual?", "Pela 2."),
    "marked with a name": (f"{WROTE}\n> Por qual série?\n[Bruno] Pela 2.\n> E qual?\nBruno: 6.102", "[Bruno] Pela 2.\n\nBruno: 6.102"),
    "a link alone": (f"{WROTE}\n> Onde está?\n\nhttps://desk.example/nota\n\n> Obrigada", "https://desk.example/nota"),
    "after thanks": (f"{WROTE}\n{MARKED}\n\nObrigado.\n\nReinicie o caixa.", "Obrigado.\n\nReinicie o caixa."),
    "a sentence that begins like a closing formula": (
        f"{WROTE}\n{MARKED}\n\nObrigado, já reinicie o caixa",
        "Obrigado, já reinicie o caixa",
    ),
    "a postscript": (f"{WROTE}\n{MARKED}\n\nAtt,\nBruno\n\nPS: reinicie o caixa", "Att,\nBruno\n\nPS: reinicie o caixa"),
    "of an error's text": (
        f"{WROTE}\n{MARKED}\n\nEsta mensagem aparece quando a cópia falha; apague o arquivo.",
        "Esta mensagem aparece quando a cópia falha; apague o arquivo.",
    ),
    "of a virus": (f"{WROTE}\n{MARKED}\n\nA máquina está livre de vírus.", "A máquina está livre de vírus."),
    "of something to be kept for oneself": (
        f"{WROTE}\n{MARKED}\n\nO relatório é confidencial, peça ao fiscal.",
        "O relatório é confidencial, peça ao fiscal.",
    ),
    "a command that looks quoted": ("> systemctl restart nota\n\nE avise.", "> systemctl restart nota\n\nE avise."),
    "commands that look quoted, over the quote": (
        f"> cd /opt/nota\n> systemctl restart nota\n\n{WROTE}\n{MARKED}",
        "> cd /opt/nota\n> systemctl restart nota",
    ),
    "something passed on": (
        f"---------- Mensagem encaminhada ---------\n{HEADER}\n\nVeja.",
        f"---------- Mensagem encaminhada ---------\n{HEADER}\n\nVeja.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ANSWERS)
def test_what_was_written_between_or_below_is_told(form: str) -> None:
    text, said = ANSWERS[form]
    assert below(f"{OWN}\n\n{text}\n") == said


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (
            "<div>{own}</div><div class='gmail_quote'>{wrote}<blockquote>Por qual série?</blockquote></div>"
            "<div>Pela 2.</div><blockquote>E qual é o CFOP?</blockquote><div>O 6.102.</div>",
            "Pela 2.\n\nO 6.102.",
        ),
        (
            "<div>{own}</div><div class='gmail_quote'>{wrote}<blockquote>{mail}</blockquote></div>"
            "<div>-- <br></div><div>Bruno Teles<br><img alt='logo.png' src='cid:1'></div>",
            "",
        ),
        (
            "<p>{own}</p><blockquote type='cite'>{wrote}<br>{mail}</blockquote><p>Enviado do meu iPhone</p>",
            "",
        ),
        ("<p>{own}</p><hr><div>{header}</div>{mail}<p>Atenciosamente,<br>Suporte</p>", ""),
        ("<p>{own}</p><div>{header}</div><blockquote>{mail}</blockquote><p>Pela 2.</p>", "Pela 2."),
    ],
)
def test_the_same_of_a_mail_that_is_html_alone(html: str, said: str) -> None:
    shown = {"own": OWN, "wrote": WROTE, "header": HEADER, "mail": SAYS.text.partition("\n-- ")[0]}
    parts = {
        name: text.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
        for name, text in shown.items()
    }
    read = parse(mail("Content-Type: text/html; charset=utf-8", body=html.format(**parts)))
    assert below(read.text) == said


def test_a_name_is_known_by_the_address_alone() -> None:
    assert below(f"{OWN}\n\n{WROTE}\n{MARKED}\n\nBruno", sender="") == ""
    assert below(f"{OWN}\n\n{WROTE}\n{MARKED}\n\nCarla", sender="") == "Carla"
    assert below(f"{OWN}\n\n{WROTE}\n{MARKED}\n\nJosé Antônio", "jose antonio", "ja@desk.example") == ""
