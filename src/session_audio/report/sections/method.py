"""How it was computed, with what, and how wrong it may be."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from session_audio.report.elements import Bullets, Cell, Element, Fact, Facts, Sentence, Table, fact
from session_audio.report.page import Page
from session_audio.report.sections.error_rates import rates
from session_audio.report.sections.head import trusted
from session_audio.report.wording import Wording
from session_audio.schema import SessionResult


def section(page: Page) -> tuple[Element, ...]:
    """Definitions, error rates, limits, models and settings."""
    say, result = page.say, page.result
    parts: list[Element] = [trusted(page), definitions(say), error_rates(say, result), limits(say)]
    models = tuple(
        (Cell(say(f"models.{task}") if say.has(f"models.{task}") else task), Cell(revision))
        for task, revision in sorted(result.models.items())
    )
    version = result.version or say("number.none")
    models = (*models, (Cell("session-audio"), Cell(version)))
    columns = (say("columns.part"), say("columns.version"))
    parts.append(Table("models", say("method.models"), columns, models, text_columns=(1,)))
    rows = tuple(
        (Cell(name), Cell(page.who.printable(value))) for name, value in flat(result.settings)
    )
    if rows:
        columns = (say("columns.setting"), say("columns.value"))
        caption = say("method.settings")
        parts.append(Table("settings", caption, columns, rows, folded=True, text_columns=(1,)))
    return tuple(parts)


def flat(settings: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    """Settings as dotted names with their values.

    >>> flat({"turns": {"gap": 0.2}, "seed": 1})
    [('turns.gap', '0.2'), ('seed', '1')]
    """
    out: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            out += flat(value, f"{name}.")
        else:
            out.append((name, str(value)))
    return out


def definitions(say: Wording, chosen: Collection[str] | None = None) -> Facts:
    """A line for each measure; only those `chosen`, where some are."""
    facts = tuple(
        fact(text)
        for key, text in say.part("definitions").items()
        if chosen is None or key in chosen
    )
    return Facts(facts, say("method.definitions"))


def error_rates(say: Wording, result: SessionResult) -> Facts:
    """What was measured on references: the result's own figures, else the shipped ones."""
    facts = [
        Fact(
            say(f"error_rates.{key}") if say.has(f"error_rates.{key}") else key.replace("_", " "),
            say.number(value, 2) if "f1" in key or "auc" in key else say.percent(value, 1),
        )
        for key, value in rates(result).items()
    ]
    return Facts(
        (*facts, Fact(say("method.errors_term"), say("method.errors_on"))), say("method.errors")
    )


def limits(say: Wording) -> Bullets:
    """What this kind of measurement cannot do, whatever the session."""
    return Bullets(
        say("method.limits"), tuple(Sentence(text) for text in say.part("limits").values())
    )
