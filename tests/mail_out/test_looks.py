"""How the e-mails look: in a real browser, on a desk, on telephones and in the dark; and in the desk's own colour."""

import itertools
import re
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from contracts.directory import Desk, MailTemplate
from contracts.envelope import Language
from contracts.notifier import Template
from services.notifier.branding import CONTRAST_MIN, INK, PAGE, WHITE, branding, contrast
from services.notifier.previewing import preview, sample
from services.notifier.wording import UnfitWordsError
from tests.gateway.windows import NEEDS_CHROMIUM, browser, playwright  # noqa: F401 - fixtures
from tests.mail_out.measuring import faults
from tests.notifier.room import COMPOSER, DOMAIN

DESK = Desk(name="Suporte Exemplo", address=f"suporte@{DOMAIN}", phone="+55 31 5555-0100")
EVERY: list[tuple[Template, Language]] = list(itertools.product(get_args(Template), get_args(Language)))
LOOKS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "light"},
    "telephone": {"viewport": {"width": 380, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
}
NARROW: dict[str, dict[str, Any]] = {
    f"narrow {scheme}": {"viewport": {"width": 320, "height": 600}, "color_scheme": scheme}
    for scheme in ("light", "dark")
}
"""Source: WCAG 2.2, success criterion 1.4.10, reflow: 320 pixels."""
ENDLESS: dict[str, Any] = {
    "subject": "Donaudampfschifffahrtsgesellschaft" * 8,
    "text": f"https://portal.example.com/{'a' * 400}\nOutra linha.",
    "recipient": f"{'a' * 64}@{'b' * 180}.example.com",
    "third_party": "Secretaria" * 15,
    "attachments": [{"name": f"{'n' * 200}.pdf", "size": 12_345_678, "sha256": "a" * 64}],
    "earlier": [{"analyst": "Clara" * 30, "text": "x" * 300}],
    "joined": "2026-000124",
    "origin": "2026-000122",
    "relation": "split",
    **dict.fromkeys(("analyst", "by", "sender", "responsible", "reopened_by"), "Bartolomeu" * 15),
}
"""Facts without a place to break a line at, and all that an e-mail may say besides."""
OWN = MailTemplate(
    template="answered", language="pt-BR", title="Oi, {name}", body="{analyst} disse:\n\n{text}"
)


@pytest.fixture
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:  # noqa: F811
    context = await browser.new_context(**{**LOOKS, **NARROW}[request.param])
    page = await context.new_page()
    yield page
    await context.close()


@NEEDS_CHROMIUM
@pytest.mark.parametrize("page", [*LOOKS, *NARROW], indirect=True)
async def test_every_e_mail_fits_and_can_be_read(page: Page) -> None:
    """Usual facts in the desk's usual colour; endless ones in the one that is hardest to write on."""
    fetched: list[str] = []
    page.on("request", lambda asked: fetched.append(asked.url))
    wrong = {}
    for template, language in EVERY:
        await page.set_content(preview(COMPOSER, DESK, template, language).html)
        wrong[template, language, "usual"] = await faults(page)
        await page.set_content(_endless(template, language))
        wrong[template, language, "endless"] = await faults(page)
    assert {which: found for which, found in wrong.items() if found} == {}
    assert fetched == [], "nothing of an e-mail comes from elsewhere"


def _endless(template: Template, language: Language) -> str:
    asked = sample(template, language)
    asked = asked.model_copy(
        update={"facts": {**asked.facts, **ENDLESS}, "recipient_name": "Maximiliano" * 15}
    )
    desk = DESK.model_copy(update={"accent_color": "#ffe066", "signature": "Equipe" * 30})
    return COMPOSER.words.preview(template, language, COMPOSER.facts(asked, desk)).html


@NEEDS_CHROMIUM
@pytest.mark.parametrize("page", ["narrow light"], indirect=True)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>Atendimento 2026-000123", []),
        (f"<p>{'a' * 100}", ["scrolls sideways", "outside the window", "sticks out sideways"]),
        (f"<div style='width:50px;overflow:hidden'>{'a' * 20}</div>", ["sticks out sideways"]),
        ("<div style='height:10px;overflow:hidden'>a<br>b</div>", ["sticks out above or below"]),
        ("<p style='margin-left:-20px'>fora", ["outside the window"]),
        ("<p>um<p style='margin-top:-32px'>outro", ["lies on"]),
        ("<p style='color:#ccc'>a", ["contrast 1.61"]),
        ("<div style='background:#000'><p style='color:rgba(255,255,255,.3)'>a</div>", ["contrast 2.46"]),
        ("<p style='font-size:9px'>a", ["too small"]),
        ("<p style='visibility:hidden'>a", ["not shown"]),
        ("<div style='width:90px'>nota 2026-000123</div>", ["broken number"]),
        ("<a href='#' style='display:inline-block'>a</a>", ["hard to hit"]),
    ],
)
async def test_what_is_wrong_with_a_page_is_found(page: Page, body: str, expected: list[str]) -> None:
    await page.set_content(
        f"<!doctype html><title>x</title><body style='margin:8px;font:16px/1.5 sans-serif'>{body}"
    )
    found = [re.sub(r' "[^"]*"$', "", each.partition(":")[0]) for each in await faults(page)]
    assert list(dict.fromkeys(found)) == expected


@NEEDS_CHROMIUM
@pytest.mark.parametrize("page", LOOKS, indirect=True)
@pytest.mark.parametrize("color", ["", "#ffe066", "#0b3d2e", "#c2185b"])
async def test_its_colours_are_legible_whatever_the_desk_s_is(page: Page, color: str) -> None:
    desk = DESK.model_copy(
        update={"accent_color": color, "signature": "Equipe Exemplo\nSeg. a sex., 8h às 17h30"}
    )
    for template in ("answered", "resolved", "opened", "reclassified"):
        await page.set_content(preview(COMPOSER, desk, template, "pt-BR").html)
        found = await Axe().run(
            page, options={"runOnly": ["color-contrast", "link-name", "html-has-lang", "document-title"]}
        )
        assert found.violations_count == 0, found.generate_report()


@NEEDS_CHROMIUM
async def test_the_picture_shows_ground_card_and_button(browser: Browser) -> None:  # noqa: F811
    """By pixels: what is dark is dark, the button has the desk's colour, and the telephone shows no margin of the desk."""
    desk = DESK.model_copy(update={"accent_color": "#c2185b"})
    written = preview(COMPOSER, desk, "resolved", "pt-BR")
    seen: dict[str, Any] = {}
    for look, options in LOOKS.items():
        context = await browser.new_context(**options)
        page = await context.new_page()
        await page.set_content(written.html)
        picture = await page.screenshot(full_page=True)
        button = page.get_by_role("link", name="Avaliar o atendimento")
        box, card = await button.bounding_box(), await page.locator(".card").bounding_box()
        assert box is not None
        assert card is not None
        colors = await _pixels(
            page, picture, [(2, 2), (box["x"] + 4, box["y"] + 4), (card["x"] + 12, card["y"] + 12)]
        )
        seen[look] = (colors, round(card["width"]), round(box["height"]))
        await context.close()
    (ground, accent, card_color), width, height = seen["desk"]
    assert (ground, accent, card_color) == ([241, 244, 247], [194, 24, 91], [255, 255, 255])
    assert width == 600
    assert height >= 44, "a finger hits it"
    assert seen["telephone"][1] >= 360
    dark_ground, dark_accent, dark_card = seen["dark"][0]
    assert max(dark_ground + dark_card) < 60
    assert dark_accent == accent


async def _pixels(page: Page, png: bytes, points: list[tuple[float, float]]) -> list[list[int]]:
    """The colours at points of a picture, as the browser decodes it."""
    script = """async ([bytes, points]) => {
        const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: "image/png"}));
        const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3));
    }"""
    found: list[list[int]] = await page.evaluate(
        script, [list(png), [list(map(int, each)) for each in points]]
    )
    return found


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#ffff00", "#777777", "#1f5f99", "#ff0000"])
def test_what_stands_on_the_colour_is_legible_and_links_too(color: str) -> None:
    made = branding(DESK.model_copy(update={"accent_color": color}))
    assert contrast(made["on_accent"], made["accent"]) >= min(
        CONTRAST_MIN, max(contrast(WHITE, color), contrast(INK, color))
    )
    assert min(contrast(made["link_color"], ground) for ground in (WHITE, PAGE)) >= CONTRAST_MIN


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_e_mail_has_a_preview(template: Template, language: Language) -> None:
    written = preview(COMPOSER, DESK, template, language)
    assert written.subject
    assert "{" not in written.text
    assert DESK.name in written.text


def test_a_preview_in_the_desk_s_own_words_and_why_there_is_none() -> None:
    assert "Oi, Ana Prado" in preview(COMPOSER, DESK, "answered", "pt-BR", OWN).text
    with pytest.raises(UnfitWordsError, match="due"):
        preview(COMPOSER, DESK, "answered", "pt-BR", OWN.model_copy(update={"body": "Até {due}"}))


def test_the_signature_closes_both_forms_in_its_own_lines_and_is_no_markup() -> None:
    desk = DESK.model_copy(update={"signature": "Equipe <b>\nRua A"})
    written = preview(COMPOSER, desk, "opened", "en")
    assert "\n-- \nEquipe <b>\nRua A\nSuporte Exemplo" in written.text
    assert "Equipe &lt;b&gt;<br>" in written.html
