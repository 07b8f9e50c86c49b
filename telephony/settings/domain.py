"""Turns settings into the values each part is built from."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from telephony.calls.ledger_numbering import Numbering
from telephony.calls.model import QueueName
from telephony.calls.tariffs import Rate, Tariff
from telephony.carriers.asterisk.outside import outside_endpoint
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.crm.address import names_in
from telephony.crm.customer import BY
from telephony.crm.http_json import HttpSettings
from telephony.errors import SettingsError
from telephony.ivr.surroundings import AskedBy, Names
from telephony.routing.calendars import Calendar, Hours
from telephony.routing.overflow import OverflowRules
from telephony.routing.queues import Queue
from telephony.settings.environment import Secrets
from telephony.settings.hours import Span, read_exceptions, read_week
from telephony.settings.load import Configuration
from telephony.settings.lookups import Lookup
from telephony.settings.sections import Calendar as CalendarSection
from telephony.settings.speech import SpokenLanguage
from telephony.settings.tariff import Tariff as TariffSection
from telephony.settings.twilio import shared_keys_of
from telephony.settings.words import SECRET
from telephony.speech.piper import open_voice
from telephony.speech.programs import SpeechError
from telephony.speech.voices import EspeakVoice, Voice, Voices
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
                announce_position=section.announce_position,
                announce_wait=section.announce_wait,
                max_wait_s=section.max_wait_s,
                music=section.music,
                record=settings.recording.record_calls if section.record is None else section.record,
            )
            for name, section in settings.queues.items()
        }
    )


def names_of(configuration: Configuration) -> Names:
    """Return the names that flows may use."""
    settings = configuration.settings
    return Names(
        calendars=frozenset(settings.calendars),
        queues=frozenset(settings.queues),
        lookups=frozenset(settings.lookups),
        asked_by=MappingProxyType({name: _asked_by(section) for name, section in settings.lookups.items()}),
    )


def _asked_by(section: Lookup) -> AskedBy:
    match section.source:
        case "http":
            return AskedBy(names=names_in(section.url) | frozenset(section.body.values()))
        case "file":
            return AskedBy(one=True)
        case "customer":
            return AskedBy(names=frozenset(BY), one=True)


def serving_names_of(configuration: Configuration) -> Names:
    """Return the names that published flows must find to go on serving callers.

    What a source is asked by is not among them: a lookup that does not fit any more goes `otherwise`, and a whole flow
    that is refused would cost its callers everything else too.
    """
    return replace(names_of(configuration), asked_by=MappingProxyType({}))


def http_lookups_of(configuration: Configuration) -> Mapping[str, HttpSettings]:
    """Return the sources that are asked over HTTP by name, with their secrets."""
    return MappingProxyType(
        {
            name: _http_lookup(section, configuration.secrets)
            for name, section in configuration.settings.lookups.items()
            if section.source == "http"
        }
    )


def file_lookups_of(configuration: Configuration) -> Mapping[str, Path]:
    """Return the sources that are files by name."""
    lookups = configuration.settings.lookups
    return MappingProxyType({name: configuration.base / each.file for name, each in lookups.items() if each.file})


def customer_lookups_of(configuration: Configuration) -> frozenset[str]:
    """Return the names under which flows ask for our own customers."""
    return frozenset(name for name, section in configuration.settings.lookups.items() if section.source == "customer")


def _http_lookup(section: Lookup, secrets: Secrets) -> HttpSettings:
    headers = {
        header: SECRET.sub(lambda named: secrets.get(named[1]) or "", value)
        for header, value in section.headers.items()
    }
    return HttpSettings(
        url=section.url,
        method=section.method,
        headers=MappingProxyType(headers),
        body=MappingProxyType(section.body),
        answer=tuple(section.answer.split(".")) if section.answer else (),
        fields=MappingProxyType({name: tuple(path.split(".")) for name, path in section.fields.items()}),
        not_found_status=frozenset(section.not_found_status),
        at_once=section.at_once,
    )


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
        outside_dial=section.outside_dial,
        outside_allow=section.outside_allow,
        outside_caller_id=section.outside_caller_id,
        confirm_mobiles=configuration.settings.carriers.confirm_mobiles,
        language=configuration.settings.company.languages[0],
        recordings_dir=configuration.recordings_seen_as,
        recordings_seen_at=str(configuration.recordings_dir),
    )


def outside_of(configuration: Configuration) -> Callable[[str], str | None]:
    """Return what gives the address of a telephone outside, or None when flows may not call it."""
    section = configuration.settings.carriers.asterisk
    return partial(outside_endpoint, dial=section.outside_dial, allow=section.outside_allow)


def tariffs_of(configuration: Configuration) -> Mapping[str, Tariff]:
    """Return what calls cost by carrier, for those whose table says anything."""
    carriers = configuration.settings.carriers
    tables = {"asterisk": carriers.asterisk.tariff, "twilio": carriers.twilio.tariff}
    return MappingProxyType({name: _tariff(table) for name, table in tables.items() if table.rates or table.incoming})


def _tariff(section: TariffSection) -> Tariff:
    return Tariff(
        currency=section.currency,
        rates=tuple(Rate(prefix=prefix, a_minute=Decimal(price)) for prefix, price in section.rates.items() if price),
        incoming=Decimal(section.incoming) if section.incoming else None,
    )


def outside_on_of(configuration: Configuration) -> Mapping[str, Callable[[str], str | None]]:
    """Return the same for the carriers that reach such telephones in a way of their own, by name."""
    allow = configuration.settings.carriers.twilio.outside_allow
    return MappingProxyType({"twilio": partial(outside_endpoint, dial="tel:{number}", allow=allow)})


def twilio_of(configuration: Configuration) -> TwilioSettings:
    """Return how the account at Twilio is reached, its secrets included."""
    settings, secrets = configuration.settings, configuration.secrets
    section = settings.carriers.twilio
    return TwilioSettings(
        account_sid=section.account_sid,
        auth_token=secrets.twilio_auth_token or "",
        signing_keys=(secrets.twilio_signing_key,) if secrets.twilio_signing_key else (),
        shared_keys=shared_keys_of(secrets),
        api_base_url=section.api_base_url,
        public_base_url=settings.server.public_base_url,
        caller_id=section.caller_id,
        sip_dial=section.sip_dial,
        asterisk_sip=section.asterisk_sip if settings.carriers.asterisk.enabled else "",
        answer_limit_s=section.answer_limit_s,
        request_limit_s=section.request_limit_s,
        connect_limit_s=section.connect_limit_s,
        calls_per_second=section.calls_per_second,
        unheard_limit_s=section.unheard_limit_s,
        recordings_dir=configuration.recordings_dir,
        music_dir=configuration.base / section.music_dir if section.music_dir else None,
        delete_recordings=section.delete_recordings,
        fallback_number=section.fallback_number,
        language=settings.company.languages[0],
        trusted_proxies=settings.server.trusted_proxies,
        confirm_mobiles=settings.carriers.confirm_mobiles,
    )


def overflow_of(configuration: Configuration) -> OverflowRules:
    """Return when new calls go to the other carrier, and when they come back."""
    section = configuration.settings.overflow
    return OverflowRules(full_at=section.full_at, slow_ms=section.slow_ms, back_after_s=section.back_after_s)


def voices_of(configuration: Configuration) -> Voices:
    """Return who speaks each language.

    Raises SettingsError with every voice that is not there or is told what it cannot do.
    """
    speech = configuration.settings.speech
    voices: dict[str, Voice] = {}
    faults: list[str] = []
    for language in sorted({*configuration.settings.company.languages, *speech.voices, *speech.languages}):
        try:
            voices[language] = _voice(language, configuration)
        except SpeechError as error:
            faults.append(f"{_shown(configuration.file)}: {error}")
    if faults:
        raise SettingsError(faults)
    return Voices(by_language=MappingProxyType(voices), gain_db=speech.gain_db)


def _shown(file: Path | None) -> str:
    if file is None:
        return "settings"
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)


def _voice(language: str, configuration: Configuration) -> Voice:
    speech = configuration.settings.speech
    own = speech.languages.get(language, SpokenLanguage())
    engine, _, name = speech.voices.get(language, language).rpartition(":")
    speed_wpm = own.speed_wpm or speech.speed_wpm
    if engine != "piper":
        if own.speaker is not None:
            raise SpeechError(f"speech.languages.{language}.speaker: only a voice of Piper has speakers; remove it")
        pitch = 50 if own.pitch is None else own.pitch
        return EspeakVoice(name=name, speed_wpm=speed_wpm, pitch=pitch, gain_db=own.gain_db)
    if own.pitch is not None:
        raise SpeechError(f"speech.languages.{language}.pitch: only a voice of espeak-ng has a pitch; remove it")
    model = configuration.base / speech.piper_voices / f"{name.removesuffix('.onnx')}.onnx"
    try:
        return open_voice(
            model, speed_wpm=speed_wpm, speaker=own.speaker, gain_db=own.gain_db, program=_program(configuration)
        )
    except SpeechError as error:
        raise SpeechError(f"speech.voices.{language}: {error}") from error


def _program(configuration: Configuration) -> str:
    """Return Piper's name, or its path when the setting holds one."""
    named = configuration.settings.speech.piper
    return str(configuration.base / named) if "/" in named else named


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
