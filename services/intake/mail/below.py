"""What an author has said below or between what a mail quotes, where only what stands above is published."""

from collections.abc import Sequence

from contracts.envelope import TEXT_MAX
from services.intake.mail.notices import without_notices
from services.intake.mail.reply import Piece
from services.intake.mail.signature import names_of, without_signature


def written_below(pieces: Sequence[Piece], sender: str, address: str) -> str:
    """What of these pieces of a mail (`Reply.own_below`) its author wrote; empty where they are footers and no more.

    `sender` and `address` are what its header says, for the name in a signature. Between two quotes stands none: a short
    line there is an answer.
    """
    if not pieces:
        return ""  # as of nearly all mails
    if sum(len(piece.text) for piece in pieces) > TEXT_MAX:
        # No event holds it, so it is no footer, and a rule for long mails refuses the answer.
        return "\n\n".join(piece.text for piece in pieces)
    names = names_of(sender, address)
    said = list[str]()
    for piece in pieces:
        lines = without_notices(piece.text.split("\n"))
        said.append("\n".join(lines if piece.between else without_signature(lines, names)).strip())
    return "\n\n".join(filter(None, said))
