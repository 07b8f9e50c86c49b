"""Which phones each carrier can ring, as the settings have it."""

from collections.abc import Mapping
from types import MappingProxyType

from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.routing.reach import Reach, reach_of_asterisk, reach_of_twilio
from telephony.settings.load import Configuration


def reaches_of(configuration: Configuration) -> Mapping[str, Reach]:
    """Return what each carrier can ring, by its name; one that is not here rings all."""
    carriers = configuration.settings.carriers
    return MappingProxyType(
        {
            AsteriskCarrier.name: reach_of_asterisk(outside_dial=bool(carriers.asterisk.outside_dial)),
            TwilioCarrier.name: reach_of_twilio(sip_dial=bool(carriers.twilio.sip_dial)),
        }
    )
