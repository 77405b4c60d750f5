"""The handover protocol as a PDF: one A4 page, more when the list is long. The same facts make the same bytes.

Latin text stands in Helvetica, everything else in the reader's own song type (STSong-Light), so no font is carried along.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from orders.ink import HEIGHT, WIDTH, Point

LATIN, BOLD, SONG = "Helvetica", "Helvetica-Bold", "STSong-Light"
PAGE_WIDTH, PAGE_HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 56.0, PAGE_WIDTH - 56.0, PAGE_HEIGHT - 60.0, 64.0
VALUE_AT = LEFT + 130
ABOUT_AT = LEFT + 160
INK = (0.09, 0.13, 0.15)
GREY = (0.40, 0.45, 0.47)
LINE = (0.83, 0.86, 0.87)
MARK_WIDTH = 216.0

pdfmetrics.registerFont(UnicodeCIDFont(SONG))


@dataclass(frozen=True)
class Item:
    name: str
    about: str
    when: str


@dataclass(frozen=True)
class Mark:
    """One signature: who, when, and the strokes; none for a name that was typed."""

    side: str
    name: str
    when: str
    how: str
    strokes: Sequence[Sequence[Point]]


@dataclass(frozen=True)
class Protocol:
    title: str
    house: str
    subject: str
    pairs: Sequence[tuple[str, str]]
    items_heading: str
    items: Sequence[Item]
    signatures_heading: str
    marks: Sequence[Mark]
    foot: str
    language: str
    at: datetime


def drawn(facts: Protocol) -> bytes:
    out = io.BytesIO()
    # invariant: no time of making and no random id, so that a second copy is the first one.
    canvas = Canvas(out, pagesize=A4, invariant=1, lang={"zh": "zh-CN"}.get(facts.language, "en"))
    canvas.setTitle(f"{facts.title}, {facts.subject}")
    canvas.setAuthor(facts.house)
    _Sheet(canvas, facts).draw()
    canvas.save()
    return out.getvalue()


class _Sheet:
    """Writes from the top down and turns the page when it is full."""

    def __init__(self, canvas: Canvas, facts: Protocol) -> None:
        self.canvas, self.facts, self.y, self.number = canvas, facts, TOP, 1

    def draw(self) -> None:
        facts = self.facts
        self._text(LEFT, facts.house, 13, bold=True)
        self._text(RIGHT, facts.subject, 10, grey=True, to_the_right=True)
        self.y -= 34
        self._text(LEFT, facts.title, 22, bold=True)
        self.y -= 26
        for label, value in facts.pairs:
            self._pair(label, value)
        self._heading(facts.items_heading)
        for item in facts.items:
            self._item(item)
        self._marks()
        self.y -= 20
        for words in _wrapped(facts.foot, 9, RIGHT - LEFT):
            self._need(14)
            self._text(LEFT, words, 9, grey=True)
            self.y -= 13
        self._page_number()

    def _pair(self, label: str, value: str) -> None:
        lines = _wrapped(value, 10.5, RIGHT - VALUE_AT)
        self._need(17 * len(lines))
        self._text(LEFT, label, 10, grey=True)
        for words in lines:
            self._text(VALUE_AT, words, 10.5)
            self.y -= 17

    def _heading(self, words: str) -> None:
        self._need(60)
        self.y -= 14
        self._text(LEFT, words, 13, bold=True)
        self.y -= 10
        self._rule()
        self.y -= 17

    def _item(self, item: Item) -> None:
        names = _wrapped(item.name, 10.5, ABOUT_AT - LEFT - 26)
        abouts = _wrapped(item.about, 9, RIGHT - _width(item.when, 9) - 12 - ABOUT_AT)
        high = max(18 + 13 * (len(names) - 1), 18 + 11 * (len(abouts) - 1))
        self._need(high + 2)
        self._tick()
        self._text(RIGHT, item.when, 9, grey=True, to_the_right=True)
        top = self.y
        for place, words in enumerate(names):
            self.y = top - 13 * place
            self._text(LEFT + 18, words, 10.5)
        for place, words in enumerate(abouts):
            self.y = top - 11 * place
            self._text(ABOUT_AT, words, 9, grey=True)
        self.y = top - high

    def _marks(self) -> None:
        high = MARK_WIDTH * HEIGHT / WIDTH
        self._need(high + 110)
        self._heading(self.facts.signatures_heading)
        top = self.y
        for place, mark in enumerate(self.facts.marks):
            left = LEFT + place * (RIGHT - LEFT - MARK_WIDTH)
            self.y = top
            self._text(left, mark.side, 9, grey=True)
            self.y -= high + 8
            self._mark(mark, left, high)
            self.canvas.setStrokeColorRGB(*INK)
            self.canvas.setLineWidth(0.6)
            self.canvas.line(left, self.y, left + MARK_WIDTH, self.y)
            self.y -= 14
            self._text(left, mark.name, _fitting(mark.name, 10.5, MARK_WIDTH))
            self.y -= 13
            self._text(left, mark.when, 9, grey=True)
            if mark.how:
                self.y -= 12
                self._text(left, mark.how, 9, grey=True)
        self.y = top - high - 52

    def _mark(self, mark: Mark, left: float, high: float) -> None:
        if not mark.strokes:
            self.y += 10
            self._text(left + 6, mark.name, _fitting(mark.name, 18, MARK_WIDTH - 12))
            self.y -= 10
            return
        scale = MARK_WIDTH / WIDTH
        path = self.canvas.beginPath()
        for stroke in mark.strokes:
            first, *rest = stroke
            path.moveTo(left + first[0] * scale, self.y + high - first[1] * scale)
            for x, y in rest or ((first[0] + 1, first[1]),):
                path.lineTo(left + x * scale, self.y + high - y * scale)
        self.canvas.setStrokeColorRGB(*INK)
        self.canvas.setLineWidth(1.3)
        self.canvas.setLineCap(1)
        self.canvas.setLineJoin(1)
        self.canvas.drawPath(path, stroke=1, fill=0)

    def _tick(self) -> None:
        self.canvas.setStrokeColorRGB(*INK)
        self.canvas.setLineWidth(1.2)
        points = ((LEFT + 1, self.y + 3.5), (LEFT + 4, self.y + 0.5), (LEFT + 10, self.y + 7.5))
        for (x1, y1), (x2, y2) in pairwise(points):
            self.canvas.line(x1, y1, x2, y2)

    def _rule(self) -> None:
        self.canvas.setStrokeColorRGB(*LINE)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)

    def _need(self, high: float) -> None:
        if self.y - high >= BOTTOM:
            return
        self._page_number()
        self.canvas.showPage()
        self.y, self.number = TOP, self.number + 1

    def _page_number(self) -> None:
        kept, self.y = self.y, 36.0
        self._text(RIGHT, str(self.number), 8, grey=True, to_the_right=True)
        self.y = kept

    def _text(
        self,
        x: float,
        words: str,
        size: float,
        bold: bool = False,
        grey: bool = False,
        to_the_right: bool = False,
    ) -> None:
        self.canvas.setFillColorRGB(*(GREY if grey else INK))
        text = self.canvas.beginText(x - (_width(words, size, bold) if to_the_right else 0), self.y)
        for font, run in _runs(words, bold):
            text.setFont(font, size)
            text.textOut(run)
        self.canvas.drawText(text)


def _runs(words: str, bold: bool) -> Iterator[tuple[str, str]]:
    """The words in stretches of one font each."""
    latin = BOLD if bold else LATIN
    for font, run in groupby(words, lambda char: latin if _is_latin(char) else SONG):
        yield font, "".join(run)


def _is_latin(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def _width(words: str, size: float, bold: bool = False) -> float:
    return float(sum(pdfmetrics.stringWidth(run, font, size) for font, run in _runs(words, bold)))


def _fitting(words: str, size: float, width: float) -> float:
    """The size at which the words stay within the width."""
    return min(size, size * width / max(_width(words, size), 1))


def _wrapped(words: str, size: float, width: float) -> list[str]:
    """Broken between words, and between characters where there are no spaces."""
    lines = [""]
    for part in _parts(words):
        if lines[-1] and _width((lines[-1] + part).rstrip(), size) > width:
            lines.append("")
        while _width(part, size) > width:
            fits = next(n for n in range(len(part), 0, -1) if n == 1 or _width(part[:n], size) <= width)
            lines[-1] = part[:fits]
            lines.append("")
            part = part[fits:]
        lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines]


def _parts(words: str) -> Iterator[str]:
    word = ""
    for char in words:
        word += char
        if char == " " or not _is_latin(char):
            yield word
            word = ""
    if word:
        yield word
