"""The desk's colour on its e-mails, readable on both grounds whatever it is. Pure."""

from contracts.directory import Desk

ACCENT = "#1f5f99"
"""Where the desk has no colour of its own."""
WHITE, INK, PAGE = "#ffffff", "#17202a", "#f1f4f7"
CONTRAST_MIN = 4.5
"""Source: WCAG 2.2, success criterion 1.4.3."""


def branding(desk: Desk) -> dict[str, str]:
    """What the layouts say of the desk: its colour, what is legible on it, the colour of links, and its signature."""
    accent = (desk.accent_color or ACCENT).lower()
    legible = min(contrast(accent, WHITE), contrast(accent, PAGE)) >= CONTRAST_MIN
    return {
        "accent": accent,
        "on_accent": max((WHITE, INK), key=lambda ink: contrast(ink, accent)),
        "link_color": accent if legible else ACCENT,
        "signature": desk.signature,
    }


def contrast(one: str, other: str) -> float:
    """From 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Source: WCAG 2.2, "relative luminance"."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
