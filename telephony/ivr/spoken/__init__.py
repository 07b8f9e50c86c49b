"""Values spoken from pieces that are rendered ahead."""

from telephony.ivr.spoken.kinds import CURRENCIES, LANGUAGES, Kind
from telephony.ivr.spoken.say import in_words, piece_texts, say_value
from telephony.ivr.spoken.values import SpokenError

__all__ = ["CURRENCIES", "LANGUAGES", "Kind", "SpokenError", "in_words", "piece_texts", "say_value"]
