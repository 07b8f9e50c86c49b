"""The outside world on one page. Journeys know these; `app.py` alone knows who stands behind them."""

from telephony.ports.carriers import CallTaker, Carrier, CarrierHealth, CelArchive, Dial, DialOutcome, Line, PastCalls
from telephony.ports.clock import Clock
from telephony.ports.customers import CallbackPromise, Lookups, Pins, Promises, ReadNumber, RecordSource
from telephony.ports.dues import HELD, Costs, Due, Dues
from telephony.ports.people import AgentScreens, Role, Sessions, User, Users
from telephony.ports.speech import PromptFiles, Transcriber
from telephony.ports.timeline import CallFilter, CallHistory, Journal, Marks, Timeline, Unfinished

__all__ = [
    "HELD",
    "AgentScreens",
    "CallFilter",
    "CallHistory",
    "CallTaker",
    "CallbackPromise",
    "Carrier",
    "CarrierHealth",
    "CelArchive",
    "Clock",
    "Costs",
    "Dial",
    "DialOutcome",
    "Due",
    "Dues",
    "Journal",
    "Line",
    "Lookups",
    "Marks",
    "PastCalls",
    "Pins",
    "Promises",
    "PromptFiles",
    "ReadNumber",
    "RecordSource",
    "Role",
    "Sessions",
    "Timeline",
    "Transcriber",
    "Unfinished",
    "User",
    "Users",
]
