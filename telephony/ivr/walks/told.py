"""The lines of a transcript."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from telephony.calls.commands import Ask, Prompt, Record, Say
from telephony.ivr.position import EnterLine, Noted, Step
from telephony.ivr.texts import Texts

LETTERS_A_SECOND = 14

LengthOf = Callable[[Prompt], float]
"""Gives how many seconds a prompt takes."""


class Told(StrEnum):
    """What a line tells."""

    HEARS = "hears"
    PRESSES = "presses"
    SPEAKS = "speaks"
    HANGS_UP = "hangs up"
    AT = "at"
    WAITS = "waits"
    TALKS = "talks"
    LOOKS_UP = "looks up"
    CHECKS = "checks"
    PROMISES = "promises"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `at_s` is when, in seconds of the call."""

    told: Told
    text: str
    at_s: float
    language: str = ""
    text_ids: tuple[str, ...] = ()
    """What is heard, by the ids of its texts."""
    noted: Noted | None = None
    """The journal's line, for `Told.AT`."""

    def __str__(self) -> str:
        if self.told is Told.AT:
            return f"  at {self.text}"
        said = f"[{self.language}] {self.text}" if self.language else self.text
        return f"{self.told}: {said}" if said else self.told.value


@dataclass(slots=True, kw_only=True)
class Transcript:
    """Lines in the making, and how long the call has lasted; sounds whose length is not known are estimated."""

    texts: Texts
    length_of: LengthOf | None = None
    at_s: float = 0.0
    lines: list[Line] = field(default_factory=list)

    def tell(self, told: Told, text: str = "", *, noted: Noted | None = None) -> None:
        """Add a line."""
        self.lines.append(Line(told=told, text=text, at_s=round(self.at_s, 1), noted=noted))

    def take(self, taken: Step) -> None:
        """Tell where a step has led and what is heard then."""
        for noted in taken.journal:
            detail = " ".join(part for part in (noted.value, f"({noted.label})" if noted.label else "") if part)
            self.tell(Told.AT, f"{noted.node}: {noted.event.value} {detail}".rstrip(), noted=noted)
        for command in taken.batch.commands if taken.batch else ():
            if isinstance(command, Say | Ask):
                self._listen(command.prompts)
            elif isinstance(command, Record):
                self.tell(Told.HEARS, "a tone")
        if isinstance(taken.task, EnterLine):
            self._listen(taken.task.prompts)

    def _listen(self, prompts: Iterable[Prompt]) -> None:
        for row in _rows(prompts):
            text = " ".join(self._text(prompt) or "(no text)" for prompt in row)
            ids, at_s = tuple(prompt.text_id for prompt in row), round(self.at_s, 1)
            self.lines.append(Line(told=Told.HEARS, text=text, at_s=at_s, language=row[0].language, text_ids=ids))
            self.at_s += sum(map(self.length_of or self._estimate, row))

    def _text(self, prompt: Prompt) -> str:
        return self.texts.by_language.get(prompt.language, {}).get(prompt.text_id, "")

    def _estimate(self, prompt: Prompt) -> float:
        return len(self._text(prompt)) / LETTERS_A_SECOND


def _rows(prompts: Iterable[Prompt]) -> list[list[Prompt]]:
    """Return prompts as lines: a text is one, and so are the pieces of a value."""
    rows: list[list[Prompt]] = []
    for prompt in prompts:
        if rows and _is_piece(prompt) and _is_piece(rows[-1][-1]) and rows[-1][-1].language == prompt.language:
            rows[-1].append(prompt)
        else:
            rows.append([prompt])
    return rows


def _is_piece(prompt: Prompt) -> bool:
    return prompt.text_id.startswith("_") and not prompt.text_id.startswith("_article_")
