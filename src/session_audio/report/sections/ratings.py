"""What people answered and wrote, beside what was heard, never fused with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from session_audio.report.elements import Bullets, Cell, Element, Paragraph, Sentence, Table
from session_audio.report.page import Page, silent
from session_audio.report.sections.moments import shortened
from session_audio.report.wording import Wording
from session_audio.schema import Rating

_CHAT_LINES = 60


def section(page: Page) -> tuple[Element, ...]:
    """A table an instrument, then the chat."""
    say, session = page.say, page.result.session
    parts: list[Element] = []
    for instrument in dict.fromkeys(r.instrument for r in session.ratings):
        chosen = [r for r in session.ratings if r.instrument == instrument]
        parts.append(instrument_table(page, instrument, chosen))
    if not session.ratings:
        parts.append(Paragraph(say("ratings.none")))
    else:
        parts.append(Paragraph(say("ratings.how"), small=True))
    parts += chat(page)
    return tuple(parts)


def item_name(say: Wording, item: str, shown_as: Callable[[str], str]) -> str:
    """An item's name where it is known, else as the manifest calls it."""
    key = f"items.{item.lower()}"
    return say(key) if say.has(key) else shown_as(item.replace("_", " "))


def instrument_table(page: Page, instrument: str, chosen: list[Rating]) -> Table:
    """Items of one instrument, with share and turns of the same session beside them."""
    say = page.say
    items = list(dict.fromkeys(item for r in chosen for item in r.items))[:12]
    measured = {m.participant: m for m in page.everybody}
    answered = {r.participant: r for r in chosen}
    rows = []
    for m in page.everybody:
        rating = answered.get(m.participant)
        if rating is None and m.role != "member":
            continue
        cells = [page.name(m.participant)]
        for item in items:
            value = rating.items.get(item) if rating else None
            cells.append(Cell(answer(say, value)))
        cells += [Cell(say.percent(m.speaking_time_share.value)), Cell(say.number(m.turn_count))]
        rows.append(tuple(cells))
    for who, rating in answered.items():
        if who not in measured:
            values = [Cell(answer(say, rating.items.get(item))) for item in items]
            rows.append(
                (page.name(who), *values, Cell(say("number.none")), Cell(say("number.none")))
            )
    name = page.who.printable(instrument)
    return Table(
        f"ratings-{len(name)}-{sum(map(ord, instrument))}",
        say("ratings.table", instrument=name),
        (
            say("columns.person"),
            *(item_name(say, item, page.who.printable) for item in items),
            say("columns.heard_share"),
            say("columns.heard_turns"),
        ),
        tuple(rows),
        say("ratings.note"),
    )


def answer(say: Wording, value: float | None) -> str:
    """An answer or a mean of answers, without decimals where it has none."""
    return say.number(value, 0 if value is None or value == int(value) else 1)


def chat(page: Page) -> list[Element]:
    """Who wrote how much, beside who was heard; then the lines themselves."""
    say, lines = page.say, page.result.session.chat
    private = page.result.private_messages
    left_out: list[Element] = [
        Paragraph(say("ratings.private", messages=say.count("message", private)), small=True)
    ]
    if not lines:
        return left_out if private else []
    wrote = Counter(line.participant for line in lines)
    measured = {m.participant: m for m in page.everybody}
    quiet = [who for who in wrote if who in measured and silent(measured[who])]
    parts: list[Element] = []
    if quiet:
        sentences = tuple(
            Sentence(
                say(
                    "ratings.silent_active",
                    name=page.who(who),
                    messages=say.count("message", wrote[who]),
                )
            )
            for who in quiet
        )
        parts.append(Bullets(say("ratings.chat_title"), sentences))
    rows = tuple(
        (
            page.name(m.participant),
            Cell(str(wrote[m.participant])),
            Cell(say.number(m.turn_count)),
            Cell(say.percent(m.speaking_time_share.value)),
        )
        for m in page.everybody
    )
    keys = ("person", "messages", "heard_turns", "heard_share")
    columns = tuple(say(f"columns.{k}") for k in keys)
    parts.append(Table("chat", say("ratings.chat_table"), columns, rows))
    shown = tuple(
        (
            Cell(say.clock(line.at) if line.at is not None else say("number.none")),
            page.name(line.participant),
            Cell(page.who.printable(shortened(line.text))),
        )
        for line in lines[:_CHAT_LINES]
    )
    keys_lines = ("at", "person", "wrote")
    parts.append(
        Table(
            "chat-lines",
            say("ratings.chat_lines", shown=len(shown), messages=say.count("message", len(lines))),
            tuple(say(f"columns.{k}") for k in keys_lines),
            shown,
            folded=True,
            text_columns=(1, 2),
        )
    )
    return parts + left_out if private else parts
