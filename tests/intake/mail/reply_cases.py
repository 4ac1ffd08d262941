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
    (
        "gmail without dots",
        "Segue o arquivo.\n\nEm sex, 6 de mar de 2026 09:00, Suporte <suporte@desk.example> escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "gmail with narrow spaces",
        "Segue o arquivo.\n\nEm sex., 6 de mar. de 2026 às 09:00\u202fSuporte <suporte@desk.example>\u202fescreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "gmail of portugal",
        "Segue o arquivo.\n\nSuporte <suporte@desk.example> escreveu no dia sexta, 6/03/2026 à(s) 09:00:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "gmail of portugal, unmarked",
        "Segue o arquivo.\n\nSuporte <suporte@desk.example> escreveu no dia sexta, 6/03/2026 à(s) 09:00:\n\nPode enviar?",
        "Segue o arquivo.",
    ),
    (
        "apple mail of portugal",
        "Segue o arquivo.\n\nNo dia 06/03/2026, às 09:00, Suporte <suporte@desk.example> escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "thunderbird of portugal",
        "Segue o arquivo.\n\nÀs 09:00 de 06/03/2026, Suporte escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "roundcube",
        "Segue o arquivo.\n\nEm 2026-03-06 09:00, Suporte escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "roundcube, unmarked",
        "Segue o arquivo.\n\nEm 06-03-2026 09:00, suporte@desk.example escreveu:\n\nPode enviar?",
        "Segue o arquivo.",
    ),
    (
        "bol",
        'Segue o arquivo.\n\nEm 06/03/2026 às 09:00 horas, "Suporte" <suporte@desk.example> escreveu:\n\n> Pode enviar?',
        "Segue o arquivo.",
    ),
    (
        "terra without brackets",
        "Segue o arquivo.\n\nEm Sex 06/03/26 09:00, Suporte suporte@desk.example escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "horde",
        "Segue o arquivo.\n\nCitando Suporte <suporte@desk.example>:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "horde with a bare address",
        "Segue o arquivo.\n\nCitando suporte@desk.example:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "zoho",
        "Segue o arquivo.\n\n---- Em sex, 06 mar 2026 09:00:00 -0300 Suporte <suporte@desk.example> escreveu ----\n\nPode enviar?",
        "Segue o arquivo.",
    ),
    (
        "proton",
        "Segue o arquivo.\n\nEm sexta-feira, 6 de março de 2026 às 09:00, Suporte <suporte@desk.example> escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "an attribution in six lines",
        "Segue o arquivo.\n\nEm sex., 6 de mar. de 2026 às 09:00, Central de Suporte\n\n<\nmailto:suporte@desk.example\n> escreveu:\n\nPode enviar?",
        "Segue o arquivo.",
    ),
    (
        "a date alone, marked",
        "Segue o arquivo.\n\nEm 06/03/2026, Suporte escreveu:\n\n> Pode enviar?",
        "Segue o arquivo.",
    ),
    (
        "proton's own line",
        "Já reiniciei e continua.\n\nEnviado com o e-mail seguro Proton Mail.",
        "Já reiniciei e continua.",
    ),
    (
        "outlook for ios by its line",
        "Já reiniciei e continua.\n\nEnviado do Outlook para iOS",
        "Já reiniciei e continua.",
    ),
    (
        "windows mail",
        "Já reiniciei e continua.\n\nEnviado do Email para Windows",
        "Já reiniciei e continua.",
    ),
    (
        "yahoo on android",
        "Já reiniciei e continua.\n\nEnviado do Yahoo Mail no Android",
        "Já reiniciei e continua.",
    ),
    (
        "xiaomi",
        "Já reiniciei e continua.\n\nEnviado do meu dispositivo Xiaomi",
        "Já reiniciei e continua.",
    ),
    (
        "a tablet",
        "Já reiniciei e continua.\n\nEnviado de um tablet",
        "Já reiniciei e continua.",
    ),
    (
        "the feminine application",
        "Já reiniciei e continua.\n\nEnviado pela caixa de correio do iPad",
        "Já reiniciei e continua.",
    ),
    (
        "bold labels",
        "Segue.\n\n*De:* Suporte <suporte@desk.example>\n*Enviada em:* sexta-feira, 6 de março de 2026 09:00\n*Para:* Carla\n*Assunto:* Erro\n\nQual?",
        "Segue.",
    ),
    (
        "outlook of portugal",
        "Segue.\n\nDe: Suporte\nEnviada: 6 de março de 2026 09:00\nPara: Carla\nAssunto: Erro\n\nQual?",
        "Segue.",
    ),
    (
        "a rule over the header",
        "Segue.\n\n________________________________\nDe: Suporte\nEnviado: sexta-feira, 6 de março de 2026 09:00\nPara: Carla\nAssunto: RES: Erro\n\nQual?",
        "Segue.",
    ),
    (
        "proton's original message",
        "Segue.\n\n------- Mensagem original -------\nSuporte, sexta-feira, 6 de março\n\nQual?",
        "Segue.",
    ),
    (
        "quote inside a quote, answered below",
        "Em 06/03/2026 09:00, Suporte escreveu:\n> Em 05/03/2026 08:00, Carla escreveu:\n>> Erro 539.\n> Qual nota?\n\nA 1020.",
        "A 1020.",
    ),
    (
        "a quoted line that was broken on the way",
        "Em 06/03/2026 09:00, Suporte escreveu:\n> Para que possamos reproduzir o problema, precisamos do seu número\ncompleto da nota.\n> Obrigado.\n\nÉ a 1020.",
        "É a 1020.",
    ),
    (
        "what somebody wrote, told by the sender",
        "Em 02/03 o cliente escreveu:\nnão consigo emitir nota.\nPodem ligar para ele?",
        "Em 02/03 o cliente escreveu:\nnão consigo emitir nota.\nPodem ligar para ele?",
    ),
    (
        "what somebody sent, told by the sender",
        "No dia 5 o fornecedor enviou:\n- a nota 10\n- a nota 11",
        "No dia 5 o fornecedor enviou:\n- a nota 10\n- a nota 11",
    ),
    (
        "a sentence with a colon within",
        "Em 02/03/2026 às 10:15 o João escreveu: não funciona",
        "Em 02/03/2026 às 10:15 o João escreveu: não funciona",
    ),
    (
        "a table of readings",
        "De: 10\nPara: 20\nDiferença: 10",
        "De: 10\nPara: 20\nDiferença: 10",
    ),
    (
        "an error text with dashes",
        "A tela mostra:\n-----ERRO-----\ncódigo 539",
        "A tela mostra:\n-----ERRO-----\ncódigo 539",
    ),
    (
        "a list of two dashes",
        "Itens:\n-- nota\n-- boleto",
        "Itens:\n-- nota\n-- boleto",
    ),
    (
        "sent by somebody, in prose",
        "Enviado do meu setor para o de vocês na semana passada, o arquivo não chegou e preciso dele com urgência para fechar o mês de março.",
        "Enviado do meu setor para o de vocês na semana passada, o arquivo não chegou e preciso dele com urgência para fechar o mês de março.",
    ),
    (
        "apple mail on an iphone, answered between",
        "Veja abaixo.\n\nEnviado do meu iPhone\n\n> Em 5 de mar. de 2026, à(s) 09:12, Suporte <suporte@desk.example> escreveu:\n> \n> Qual a versão?\n\nA 12.1.\n\n> Em qual máquina?\n\nNa do caixa.",
        "Veja abaixo.\n\nA 12.1.\n\nNa do caixa.",
    ),
    (
        "apple mail on an iphone, answered below",
        "Enviado do meu iPhone\n\n> Em 5 de mar. de 2026, à(s) 09:12, Suporte <suporte@desk.example> escreveu:\n> \n> Qual a versão?\n\nA 12.1.",
        "A 12.1.",
    ),
    (
        "outlook that marks its quotes, answered between",
        "Segue.\n\nDe: Suporte <suporte@desk.example>\nEnviada em: segunda-feira, 2 de março de 2026 10:15\nPara: Carla\nAssunto: Erro\n\n> Qual a versão?\n\nA 12.1.\n\n> Em qual máquina?\n\nNa do caixa.",
        "Segue.\n\nA 12.1.\n\nNa do caixa.",
    ),
    (
        "original message with marks, answered between",
        "Segue.\n\n-----Mensagem original-----\nDe: Suporte\nEnviada em: 02/03/2026\n\n> Qual a versão?\n\nA 12.1.\n> Em qual máquina?\n\nNa do caixa.",
        "Segue.\n\nA 12.1.\n\nNa do caixa.",
    ),
    (
        "original message with marks at once",
        "Segue.\n\n----- Original Message -----\n> From: Support\n> Which version?\n\n12.1.",
        "Segue.\n\n12.1.",
    ),
    (
        "gmail in english, answered between",
        "See inline.\n\nOn Mon, Mar 2, 2026 at 10:15 AM Support <support@desk.example> wrote:\n\n> Which version?\n\n12.1.\n\n> Which machine?\n\nThe till.\n\n-- \nCarla",
        "See inline.\n\n12.1.\n\nThe till.",
    ),
    (
        "a long question, answered right under it",
        "Segue.\n\nEm 06/03/2026 09:00, Suporte escreveu:\n> Qual é a versão do sistema que está instalada na máquina do erro?\n12.1\n> E em qual máquina?\nNa do caixa.",
        "Segue.\n12.1\nNa do caixa.",
    ),
    (
        "a long line that was not broken, answered right under it",
        "Segue.\n\nEm 06/03/2026 09:00, Suporte escreveu:\n> Diga a versão do sistema que está instalada na máquina do erro, por favor\n12.1\n> Mande também o arquivo de registro dessa máquina, que fica na pasta de instalação do sistema\nSegue anexo.\n> Obrigado.",
        "Segue.\n12.1\nSegue anexo.",
    ),
    (
        "a quoted paragraph that was broken twice on the way",
        "Segue.\n\nEm 06/03/2026 09:00, Suporte escreveu:\n> Para que possamos reproduzir o problema, precisamos do seu número completo\nda nota, da série dela e do horário em que ela foi recusada, com o código do\nerro.\n> Obrigado.\n\nÉ a 1020.",
        "Segue.\n\nÉ a 1020.",
    ),
    (
        "a quoted paragraph that was broken after a sentence too",
        "Segue.\n\nEm 06/03/2026 09:00, Suporte escreveu:\n> Para que possamos reproduzir o problema, precisamos do seu número completo\nda nota.\n> Mande também o arquivo de registro da máquina, que está na pasta do caixa.\nObrigado.\n> Suporte\n\nÉ a 1020.",
        "Segue.\n\nÉ a 1020.",
    ),
]
