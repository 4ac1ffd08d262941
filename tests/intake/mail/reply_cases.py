"""Replies as Brazilian mail programs write them: (what is shown, the text, what the sender wrote himself)."""

CASES: list[tuple[str, str, str]] = [
    (
        "gmail",
        "Funcionou, obrigado!\n\nEm seg., 2 de mar. de 2026 às 10:15, Suporte <suporte@desk.example>\nescreveu:\n\n> Pode testar?\n>",
        "Funcionou, obrigado!",
    ),
    (
        "gmail in one line",
        "Ok\n\nEm ter., 3 de mar. de 2026, 08:01, Ana <ana@desk.example> escreveu:\n> Oi",
        "Ok",
    ),
    (
        "gmail broken after the bracket",
        "Segue.\n\nEm qua., 4 de mar. de 2026 às 16:40, Central de Suporte <\nsuporte@desk.example> escreveu:\n\n> Qual versão?",
        "Segue.",
    ),
    (
        "gmail, unmarked quote",
        "Segue.\n\nEm 4 de março de 2026 16:40, Suporte <suporte@desk.example> escreveu:\n\nQual versão?\nAtt",
        "Segue.",
    ),
    (
        "apple mail",
        "Perfeito.\n\n> Em 5 de mar. de 2026, à(s) 09:12, Suporte <suporte@desk.example> escreveu:\n> \n> Resolvido?",
        "Perfeito.",
    ),
    (
        "apple mail on an iphone",
        "Ainda não.\n\nEnviado do meu iPhone\n\n> Em 5 de mar. de 2026, à(s) 09:12, Suporte <suporte@desk.example> escreveu:\n> \n> Resolvido?",
        "Ainda não.",
    ),
    ("thunderbird", "Sim.\n\nEm 05/03/2026 09:12, Suporte escreveu:\n> Resolvido?", "Sim."),
    (
        "thunderbird with weekday",
        "Sim.\n\nEm quinta-feira, 5 de março de 2026 09:12:33 BRT, Suporte <suporte@desk.example> escreveu:\n\n Resolvido?",
        "Sim.",
    ),
    (
        "no dia",
        "Sim.\n\nNo dia 5 de março de 2026 às 09:12, Suporte <suporte@desk.example> escreveu:\n\nResolvido?",
        "Sim.",
    ),
    (
        "outlook",
        "Bom dia,\n\nSegue o print.\n\nAtenciosamente,\nCarla\n\nDe: Suporte <suporte@desk.example>\nEnviada em: segunda-feira, 2 de março de 2026 10:15\nPara: Carla <carla@cliente.example>\nAssunto: RE: [2026-000123] Erro\n\nQual erro?",
        "Bom dia,\n\nSegue o print.\n\nAtenciosamente,\nCarla",
    ),
    (
        "outlook, bold labels",
        "Segue.\n\n*De:* Suporte <suporte@desk.example>\n*Enviada em:* segunda-feira, 2 de março de 2026 10:15\n*Para:* Carla\n*Assunto:* Erro\n\nQual?",
        "Segue.",
    ),
    (
        "outlook, a rule above",
        "Segue.\n\n________________________________\nDe: Suporte <suporte@desk.example>\nEnviado: segunda-feira, 2 de março de 2026 10:15\nPara: Carla\nAssunto: Erro\n\nQual?",
        "Segue.",
    ),
    (
        "outlook, copy line",
        "Segue.\n\nDe: Suporte\nEnviado em: 02/03/2026 10:15\nPara: Carla\nCc: Davi\nAssunto: Erro\n\nQual?",
        "Segue.",
    ),
    (
        "outlook for android",
        "Ok\n\nObter o Outlook para Android<https://aka.ms/x>\n________________________________\nFrom: Suporte <suporte@desk.example>\nSent: Monday, March 2, 2026 10:15:00 AM\nTo: Carla\nSubject: Erro\n\nQual?",
        "Ok",
    ),
    (
        "outlook for ios",
        "Ok\n\nObter o Outlook para iOS\n\nDe: Suporte\nData: segunda-feira, 2 de março de 2026\nPara: Carla\nAssunto: Erro\n\nQual?",
        "Ok",
    ),
    (
        "original message",
        "Segue.\n\n-----Mensagem original-----\nDe: Suporte\nEnviada em: 02/03/2026\n\nQual?",
        "Segue.",
    ),
    ("original message, spaced", "Segue.\n\n----- Mensagem Original -----\nQual?", "Segue."),
    (
        "lotus notes",
        "Segue.\n\nDe: Suporte <suporte@desk.example>\nPara: carla@cliente.example\nData: 02/03/2026 10:15\nAssunto: Erro\n\nQual?",
        "Segue.",
    ),
    (
        "zimbra",
        'Segue.\n\nDe: "Suporte" <suporte@desk.example>\nPara: "Carla" <carla@cliente.example>\nEnviadas: Segunda-feira, 2 de março de 2026 10:15:00\nAssunto: Erro\n\nQual?',
        "Segue.",
    ),
    (
        "yahoo",
        "Segue.\n\n    Em segunda-feira, 2 de março de 2026 10:15:00 BRT, Suporte <suporte@desk.example> escreveu:  \n \n Qual?",
        "Segue.",
    ),
    (
        "samsung",
        "Ok, testei.\n\nEnviado do meu Galaxy\n\n-------- Mensagem original --------\nDe: Suporte\nData: 02/03/2026 10:15\nQual?",
        "Ok, testei.",
    ),
    (
        "android by feminine device",
        "Ok, testei.\n\nEnviado a partir do meu smartphone Samsung Galaxy.",
        "Ok, testei.",
    ),
    ("uol", "Ok.\n\nEnviado via UOL Mail\n", "Ok."),
    ("motorola", "Ok.\n\nEnviado pelo meu Motorola", "Ok."),
    ("signature", "O erro voltou.\n\n-- \nJosé da Silva\nTI - Cliente SA\n(31) 3333-0000", "O erro voltou."),
    (
        "signature over the quote",
        "O erro voltou.\n-- \nJosé\n\nEm 02/03/2026 10:15, Suporte escreveu:\n> Qual?",
        "O erro voltou.",
    ),
    (
        "answer under the quote",
        "Em 02/03/2026 10:15, Suporte escreveu:\n> Qual a versão?\n\nA versão é 12.1.",
        "A versão é 12.1.",
    ),
    (
        "answers within the quote",
        "Em 02/03/2026 10:15, Suporte escreveu:\n> Qual a versão?\n12.1\n> Em qual máquina?\nNa do caixa.",
        "12.1\nNa do caixa.",
    ),
    (
        "nested",
        "Isso.\n\nEm 03/03/2026 08:00, Suporte escreveu:\n> Esse?\n>\n> Em 02/03/2026 10:15, Carla escreveu:\n>> O relatório.",
        "Isso.",
    ),
    (
        "a request that names from and to",
        "Favor transferir o equipamento:\nDe: Almoxarifado\nPara: Recepção\nObrigada",
        "Favor transferir o equipamento:\nDe: Almoxarifado\nPara: Recepção\nObrigada",
    ),
    (
        "em at a line's start",
        "Prezados,\nEm 10 computadores o usuário escreveu errado a senha.\nPodem ver?",
        "Prezados,\nEm 10 computadores o usuário escreveu errado a senha.\nPodem ver?",
    ),
    (
        "a list with hyphens",
        "Preciso de:\n- acesso ao ERP\n- senha do e-mail\n-- obrigado",
        "Preciso de:\n- acesso ao ERP\n- senha do e-mail\n-- obrigado",
    ),
    (
        "a log with one mark",
        "O comando\n> systemctl status\nnão responde",
        "O comando\n> systemctl status\nnão responde",
    ),
    (
        "a forwarded message is the matter itself",
        "Vejam abaixo.\n\n---------- Mensagem encaminhada ---------\nDe: Banco <b@banco.example>\nDate: seg., 2 de mar. de 2026\nSubject: Boleto\n\nTexto",
        "Vejam abaixo.\n\n---------- Mensagem encaminhada ---------\nDe: Banco <b@banco.example>\nDate: seg., 2 de mar. de 2026\nSubject: Boleto\n\nTexto",
    ),
    (
        "nothing but a quote",
        "Em 02/03/2026 10:15, Suporte escreveu:\n> Qual?",
        "Em 02/03/2026 10:15, Suporte escreveu:\n> Qual?",
    ),
    (
        "a closing formula stays",
        "Resolvido.\n\nAtenciosamente,\nCarla",
        "Resolvido.\n\nAtenciosamente,\nCarla",
    ),
]
