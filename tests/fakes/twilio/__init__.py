"""A stateful fake of Twilio: calls that fetch and execute TwiML as a phone would, and the REST API beside them."""

from tests.fakes.twilio.audio import wav
from tests.fakes.twilio.caller import Caller
from tests.fakes.twilio.cloud import FakeTwilio
from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.values import Exchange, FarPhone, Fault, Heard, Misbehaviour, SharedKey

__all__ = ["Caller", "Exchange", "FakeTwilio", "FarPhone", "Fault", "Heard", "Misbehaviour", "Pace", "SharedKey", "wav"]
