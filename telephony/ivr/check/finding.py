"""What a check finds: each finding has a code that never changes its meaning, and a weight."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """Callers would be lost, or secrets told: the flow is not served."""
    WARNING = "warning"


class Code(StrEnum):
    """What is wrong, for programs and for `docs/check_codes.md`."""

    FAULT = "fault"
    """Something in a file is not as it must be; the text says what, and what is allowed."""
    UNREACHABLE = "unreachable"
    NO_END = "no_end"
    ENDLESS = "endless"
    SILENT_CALLER = "silent_caller"
    SENSITIVE_LEAK = "sensitive_leak"
    UNSPOKEN_LANGUAGE = "unspoken_language"
    NEVER_OPEN = "never_open"
    NO_END_AT = "no_end_at"
    WALK_FAILED = "walk_failed"
    TOO_LARGE = "too_large"
    SUBFLOW_CYCLE = "subflow_cycle"
    LOOKUP_VALUES = "lookup_values"
    LONG_CHAIN = "long_chain"

    LONG_WAY = "long_way"
    ALWAYS_OPEN = "always_open"
    HOLIDAYS_END = "holidays_end"
    HOURS_SWALLOWED = "hours_swallowed"
    NOT_RENDERED = "not_rendered"
    ARTICLE_DIFFERS = "article_differs"
    SAME_CONDITION = "same_condition"
    SAME_LABEL = "same_label"
    SAME_LINE = "same_line"
    NOBODY_THERE = "nobody_there"
    NEAR_NAME = "near_name"
    UNUSED_TEXT = "unused_text"

    @property
    def severity(self) -> Severity:
        """Return how much every finding of this code weighs."""
        return Severity.ERROR if self in ERRORS else Severity.WARNING


ERRORS = frozenset(
    {
        Code.FAULT,
        Code.UNREACHABLE,
        Code.NO_END,
        Code.ENDLESS,
        Code.SILENT_CALLER,
        Code.SENSITIVE_LEAK,
        Code.UNSPOKEN_LANGUAGE,
        Code.NEVER_OPEN,
        Code.NO_END_AT,
        Code.WALK_FAILED,
        Code.TOO_LARGE,
        Code.SUBFLOW_CYCLE,
        Code.LOOKUP_VALUES,
        Code.LONG_CHAIN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a flow that can be read. `at` is `file:line:column`; `node` is '' where it is of no one node."""

    code: Code
    at: str
    text: str
    node: str = ""

    @property
    def severity(self) -> Severity:
        """Return how much it weighs."""
        return self.code.severity

    @property
    def is_error(self) -> bool:
        """Tell whether the flow must not serve callers."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        return f"{self.at}: {self.text} [{self.code}]"
