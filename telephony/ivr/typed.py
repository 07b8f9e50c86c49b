"""Which of the keys a caller typed belong to which question."""

from telephony.ivr.flow import AnyQuestion, Collect


def is_whole(node: AnyQuestion, typed: str) -> bool:
    """Tell whether the keys answer the question without waiting for more."""
    if not isinstance(node, Collect):
        return True
    return len(typed) >= node.max_digits or bool(node.terminator and node.terminator in typed)


def cut(node: AnyQuestion, digits: str) -> tuple[str, str]:
    """Return the keys that answer this question, and those that are left for the next."""
    if not isinstance(node, Collect):
        return digits[:1], digits[1:]
    end = digits.find(node.terminator) if node.terminator else -1
    if 0 <= end <= node.max_digits:
        return digits[:end], digits[end + 1 :]
    return digits[: node.max_digits], digits[node.max_digits :]
