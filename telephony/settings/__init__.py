"""The settings: typed, checked once, all faults in one report. Start reading in `sections`."""

from telephony.settings.environment import Secrets
from telephony.settings.load import Configuration, load_settings
from telephony.settings.sections import Settings

__all__ = ["Configuration", "Secrets", "Settings", "load_settings"]
