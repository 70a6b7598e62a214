"""Who answers whom: the drawn network, its counts, channels and subgroups."""

from __future__ import annotations

from session_audio.report.elements import Cell, Element, Figure, Paragraph, Table
from session_audio.report.figures.plots import Edge, NetworkPlot
from session_audio.report.page import DASH, Page, against_expected, led, speakers
from session_audio.schema import ResponsePair


def section(page: Page) -> tuple[Element, ...]:
    """The drawn network, the counts behind it, channels and subgroups."""
    say, net = page.say, page.result.measures.network
    pairs = [p for p in net.pairs if p.count]
    if not pairs:
        return (Paragraph(say("network.none")),)
    figure, sentence = drawn(page)
    parts: list[Element] = [figure, Paragraph(say("network.how"), small=True), Paragraph(sentence)]
    parts.append(answers(page))
    if net.channels:
        rows = tuple(
            (
                Cell(say(f"channels.{c.name}")),
                Cell(str(c.count)),
                Cell(say.percent(c.share)),
                Cell(say.percent(c.expected_share)),
            )
            for c in net.channels
        )
        keys = ("channel", "answers", "observed", "expected_share")
        columns = tuple(say(f"columns.{k}") for k in keys)
        parts.append(Table("channels", say("network.channels"), columns, rows))
    parts.append(Paragraph(shape(page)))
    return tuple(parts)


def marked(page: Page, pair: ResponsePair) -> str:
    """``more`` or ``less`` than talk alone would give; else nothing."""
    mark = against_expected(pair.count, pair.expected, page.settings.few_events)
    return mark if mark in {"more", "less"} else ""


def drawn(page: Page) -> tuple[Figure, str]:
    """The network on a circle, and the pairs beyond what is expected in a sentence."""
    say = page.say
    people = page.therapists + page.members
    place = {m.participant: k for k, m in enumerate(people)}
    edges, sentences = [], []
    for pair in page.result.measures.network.pairs:
        mark = marked(page, pair)
        if pair.source not in place or pair.target not in place or not (pair.count or mark):
            continue
        edges.append(Edge(place[pair.source], place[pair.target], pair.count, mark))  # type: ignore[arg-type]
        if mark:
            sentences.append(
                say(
                    f"network.told_{mark}",
                    a=page.who(pair.source),
                    b=page.who(pair.target),
                    n=pair.count,
                    expected=say.number(pair.expected, 1),
                )
            )
    words = {key: say(f"network.{key}") for key in ("as_expected", "more", "less", "turns")}
    sentence = f"{'; '.join(sentences) or say('network.told_none')}."
    figure = Figure(
        "net",
        say("network.figure"),
        say("network.alternative", told=sentence),
        NetworkPlot(
            tuple(page.who.label(m.participant) for m in people),
            tuple(led(m) for m in people),
            tuple(m.turn_count for m in people),
            tuple(edges),
            words,
        ),
    )
    return figure, sentence


def answers(page: Page) -> Table:
    """Rows answered, columns were answered; in brackets what talk alone would give."""
    say = page.say
    ids = [m.participant for m in page.everybody]
    pairs = {(p.source, p.target): p for p in page.result.measures.network.pairs}
    most = max((p.count for p in pairs.values()), default=1)
    rows = []
    for a in ids:
        cells = [page.name(a)]
        for b in ids:
            pair = pairs.get((a, b))
            if a == b or pair is None:
                cells.append(Cell("" if a == b else DASH, mark="none"))
                continue
            fair = say.number(pair.expected, 0 if (pair.expected or 0) >= 9.95 else 1)
            text = f"{pair.count} ({fair})" if pair.expected is not None else str(pair.count)
            shade = 0 if not pair.count else 1 + min(3, round(3 * pair.count / max(most, 4)))
            mark = against_expected(pair.count, pair.expected, page.settings.few_events)
            cells.append(Cell(text, shade, mark))
        rows.append(tuple(cells))
    few = page.settings.few_events
    return Table(
        "answers",
        say("network.table"),
        (say("network.corner"), *(page.who(b) for b in ids)),
        tuple(rows),
        say("network.table_note", few=few, pairs=len(pairs), chance=say.number(len(pairs) * 0.05)),
        matrix=True,
    )


def shape(page: Page) -> str:
    """Reciprocity, centralisation, isolates and subgroups, in sentences; not of few turns."""
    say, net = page.say, page.result.measures.network
    turns = page.result.measures.group.turn_count
    if turns < page.settings.few_turns:
        return say("network.few_turns", turns=say.count("turn", turns))
    out = []
    if net.reciprocity is not None:
        out.append(say("network.reciprocity", value=say.number(net.reciprocity, 2)))
    if net.centralisation is not None:
        out.append(say("network.centralisation", value=say.number(net.centralisation, 2)))
    if net.isolates:
        out.append(say("network.isolates", names=speakers(net.isolates, page)))
    if net.subgroups:
        listed = "; ".join(speakers(sorted(group), page) for group in net.subgroups)
        out.append(say("network.subgroups", groups=listed, p=say.number(net.modularity_p, 3)))
    else:
        out.append(say("network.no_subgroups"))
    return " ".join(out)
