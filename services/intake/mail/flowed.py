"""Paragraphs that a mail program broke into lines, whole again. Source: RFC 3676, format=flowed."""

_SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """`text` with its soft line breaks undone; quotes keep their depth, as `> ` before each line.

    Args:
        text: Of a part with `format=flowed`, line ends as LF.
        delete_space: The part says `delsp=yes`: the space before a soft break is not part of the text.
    """
    paragraphs: list[tuple[int, list[str]]] = []
    open_ended = False
    for raw in text.split("\n"):
        stuffed = raw.lstrip(">")
        depth = len(raw) - len(stuffed)
        line = stuffed.removeprefix(" ")
        soft = line.endswith(" ") and line != _SIGNATURE
        piece = line[:-1] if soft and delete_space else line
        # A change of depth ends a paragraph, whatever its last line says (section 4.5).
        if open_ended and paragraphs[-1][0] == depth and line != _SIGNATURE:
            paragraphs[-1][1].append(piece)
        else:
            paragraphs.append((depth, [piece]))
        open_ended = soft
    return "\n".join(">" * depth + " " * bool(depth) + "".join(pieces) for depth, pieces in paragraphs)
