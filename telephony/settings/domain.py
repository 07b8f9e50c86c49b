"""Turns settings into the values each part is built from."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from telephony.calls.ledger_numbering import Numbering
from telephony.calls.model import QueueName
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.ivr.nodes import Known
from telephony.routing.calendars import Calendar, Hours
from telephony.routing.queues import Queue
from telephony.settings.hours import Span, read_exceptions, read_week
from telephony.settings.load import Configuration
from telephony.settings.sections import Calendar as CalendarSection
from telephony.speech.voices import Voice, Voices
from telephony.web.settings import WebSettings


def calendars_of(configuration: Configuration) -> Mapping[str, Calendar]:
    """Return the opening hours by name."""
    settings = configuration.settings
    return MappingProxyType(
        {name: _calendar(name, section, settings.company.timezone) for name, section in settings.calendars.items()}
    )


def _calendar(name: str, section: CalendarSection, company_zone: str) -> Calendar:
    exceptions: dict[date, tuple[Hours, ...]] = {
        day: _hours(spans) for day, spans in read_exceptions(section.exceptions).items()
    }
    return Calendar(
        name=name,
        zone=ZoneInfo(section.timezone or company_zone),
        weekly={day: _hours(spans) for day, spans in enumerate(read_week(section.weekly)) if spans},
        holidays=section.holidays or None,
        exceptions=exceptions,
    )


def _hours(spans: tuple[Span, ...]) -> tuple[Hours, ...]:
    return tuple(Hours(opens=span.opens, closes=span.closes) for span in spans)


def queues_of(configuration: Configuration) -> Mapping[QueueName, Queue]:
    """Return the lines of waiting callers by name."""
    settings = configuration.settings
    return MappingProxyType(
        {
            QueueName(name): Queue(
                name=QueueName(name),
                ring_limit_s=section.ring_limit_s,
                wrap_up_s=section.wrap_up_s,
                announce_every_s=section.announce_every_s,
                max_wait_s=section.max_wait_s,
                music=section.music,
                record=settings.recording.record_calls if section.record is None else section.record,
            )
            for name, section in settings.queues.items()
        }
    )


def known_of(configuration: Configuration) -> Known:
    """Return the names that flows may use."""
    settings = configuration.settings
    return Known(calendars=frozenset(settings.calendars), queues=frozenset(settings.queues))


def numbering_of(configuration: Configuration, phones: frozenset[str] = frozenset()) -> Numbering:
    """Return how the company numbers itself; `phones` are the agents' endpoints."""
    company = configuration.settings.company
    return Numbering(
        phones=phones,
        trunks=frozenset(configuration.settings.carriers.asterisk.trunks),
        min_digits=company.extension_digits_min,
        max_digits=company.extension_digits_max,
    )


def asterisk_of(configuration: Configuration) -> AsteriskSettings:
    """Return how Asterisk is reached, its secret included."""
    section = configuration.settings.carriers.asterisk
    return AsteriskSettings(
        host=section.host,
        port=section.port,
        username=section.username,
        secret=configuration.secrets.ami_secret or "",
        connect_limit_s=section.connect_limit_s,
        login_limit_s=section.login_limit_s,
        action_limit_s=section.action_limit_s,
        watchdog_s=section.watchdog_s,
        agi_host=section.agi_host,
        agi_port=section.agi_port,
        agi_allow=section.agi_allow,
        agi_session_limit=section.agi_sessions,
        recordings_dir=configuration.recordings_seen_as,
        recordings_seen_at=str(configuration.recordings_dir),
    )


def voices_of(configuration: Configuration) -> Voices:
    """Return who speaks each language."""
    speech = configuration.settings.speech
    languages = {*configuration.settings.company.languages, *speech.voices}
    return Voices(
        by_language={
            language: Voice(name=speech.voices.get(language, language), speed_wpm=speech.speed_wpm)
            for language in sorted(languages)
        },
        gain_db=speech.gain_db,
    )


def web_of(configuration: Configuration) -> WebSettings:
    """Return what the web server is told."""
    settings = configuration.settings
    server, asterisk = settings.server, settings.carriers.asterisk
    return WebSettings(
        host=server.listen_host,
        port=server.listen_port,
        public_base_url=server.public_base_url,
        recordings=configuration.recordings_dir,
        trusted_proxies=server.trusted_proxies,
        metrics_networks=server.metrics_networks,
        session_s=settings.screens.session_hours * 3600,
        agent_gone_after_s=settings.screens.reload_grace_s,
        sip_domain=asterisk.phone_domain,
        sip_ws_url=asterisk.phone_ws_url,
        ice_servers=asterisk.ice_servers,
    )
