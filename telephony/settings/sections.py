"""Every setting, with its default, its limits and what it is for. `docs/settings.md` is made from this page.

Units stand in the names (`_s` seconds, `_ms` milliseconds). Relative paths start at the folder that holds `config/`.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from telephony.settings.hours import check_exceptions, check_holidays, check_week
from telephony.settings.lookups import Lookup
from telephony.settings.overflow import Overflow
from telephony.settings.queues import Queue
from telephony.settings.section import Language, Section
from telephony.settings.speech import Speech
from telephony.settings.tariff import Tariff
from telephony.settings.twilio import TwilioSection
from telephony.settings.words import (
    CONTEXT,
    NAME,
    USERNAME,
    WS_URL,
    check_address,
    check_base_url,
    check_caller_id,
    check_database_url,
    check_endpoint,
    check_network,
    check_outside_dial,
    check_prefix,
    check_region,
    check_timezone,
)

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=NAME)]
Address = Annotated[str, AfterValidator(check_address)]
Network = Annotated[str, AfterValidator(check_network)]
Timezone = Annotated[str, AfterValidator(check_timezone)]


class Company(Section):
    """Who we are, and how numbers and times are read here."""

    name: str = Field(default="My company", min_length=1, max_length=80, description="Shown to agents.")
    region: Annotated[str, AfterValidator(check_region)] = Field(
        default="BG", description="Country (two letters) in which a number without a country code is read."
    )
    timezone: Timezone = Field(
        default="Europe/Sofia", description="IANA name of the zone in which opening hours are meant."
    )
    languages: tuple[Language, ...] = Field(
        default=("en", "ru", "bg"),
        min_length=1,
        description="Languages that flows and prompts must have; the first is used when nothing else is known.",
    )
    extension_digits_min: int = Field(default=2, ge=2, le=6, description="Fewest digits of one of our own extensions.")
    extension_digits_max: int = Field(
        default=6, ge=2, le=6, description="Most digits of one of our own extensions; longer numbers are public ones."
    )

    @model_validator(mode="after")
    def _some_length_is_left(self) -> Self:
        if self.extension_digits_min > self.extension_digits_max:
            raise ValueError("extension_digits_min must not be more than extension_digits_max")
        return self

    @property
    def extensions(self) -> str:
        """Return the pattern of a whole extension."""
        return rf"\d{{{self.extension_digits_min},{self.extension_digits_max}}}"


class Server(Section):
    """Where browsers find Ringside, and where it keeps what it writes."""

    listen_host: Address = Field(
        default="127.0.0.1", description="Address the web server listens at; `0.0.0.0` for all."
    )
    listen_port: Port = Field(default=8080, description="Port the web server listens at.")
    public_base_url: Annotated[str, AfterValidator(check_base_url)] = Field(
        default="",
        description="Address as browsers see it, e.g. `https://calls.example.com`; empty: as it listens.",
    )
    data_dir: Path = Field(
        default=Path(".ringside"), description="Folder for the database, work not yet written, and `secrets.env`."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Networks of proxies whose `X-Forwarded-For` is believed."
    )
    metrics_networks: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        description="Who may read `/metrics`.",
    )
    nice: int = Field(
        default=-10,
        ge=-20,
        le=0,
        description=(
            "Priority the server asks the system for, because people wait for each of its answers; taken where allowed "
            "(root, CAP_SYS_NICE or `Nice=` of systemd); 0 asks for none."
        ),
    )
    stop_limit_s: int = Field(
        default=20, ge=1, le=600, description="How long stopping waits for what is still being written."
    )


class DatabaseSection(Section):
    """Where customers, users and the timeline are kept."""

    url: Annotated[str, AfterValidator(check_database_url)] = Field(
        default="",
        description=(
            "Empty: SQLite in the data folder. Else `sqlite:///FILE` or `postgresql://USER@HOST/NAME`; "
            "an address with a password goes into RINGSIDE_DATABASE_URL."
        ),
    )


class AsteriskSection(Section):
    """One Asterisk: its manager interface (AMI), our FastAGI server, and its files."""

    enabled: bool = Field(default=True, description="Whether calls come from Asterisk.")
    host: Address = Field(default="127.0.0.1", description="Where Asterisk's manager interface is.")
    port: Port = Field(default=5038, description="Port of the manager interface (`manager.conf`: port).")
    username: str = Field(
        default="ringside",
        pattern=USERNAME,
        description="Manager user (`manager.conf`); its secret is RINGSIDE_AMI_SECRET.",
    )
    connect_limit_s: float = Field(default=5.0, ge=0.1, le=60, description="How long to wait for a connection.")
    login_limit_s: float = Field(default=5.0, ge=1, le=60, description="How long to wait for the answer to the login.")
    action_limit_s: float = Field(
        default=5.0, ge=0.1, le=60, description="How long to wait for the answer to an action."
    )
    watchdog_s: float = Field(
        default=15.0,
        ge=1,
        le=300,
        description="Without one byte for so long, pings included, the link counts as dead and is made anew.",
    )
    agi_host: Address = Field(
        default="127.0.0.1", description="Address our FastAGI server listens at; Asterisk must reach it."
    )
    agi_port: Port = Field(default=4573, description="Port our FastAGI server listens at.")
    agi_allow: tuple[Network, ...] = Field(
        default=("127.0.0.1", "::1"),
        min_length=1,
        description="Addresses or networks of Asterisks that may bring calls.",
    )
    agi_sessions: int = Field(
        default=5000, ge=1, le=100_000, description="Most calls served at a time; further ones go to the fallback."
    )
    context: str = Field(
        default="ringside-in",
        pattern=CONTEXT,
        description="Dialplan context that brings calls to Ringside; `doctor` looks for it.",
    )
    fallback_context: str = Field(
        default="ringside-fallback",
        pattern=CONTEXT,
        description="Dialplan context that serves callers when Ringside cannot.",
    )
    outside_dial: Annotated[str, AfterValidator(check_outside_dial)] = Field(
        default="",
        description=(
            "How a flow's `external` node reaches a telephone outside, e.g. `PJSIP/{number}@trunk`; empty: it may not."
        ),
    )
    outside_allow: tuple[Annotated[str, AfterValidator(check_prefix)], ...] = Field(
        default=(),
        description=(
            "Beginnings of the numbers that flows may have called, e.g. `+359`; empty: none. Keep it as narrow as the "
            "flows need: whoever can make a flow dial abroad can make you pay for it."
        ),
    )
    outside_caller_id: Annotated[str, AfterValidator(check_caller_id)] = Field(
        default="",
        description="Number such a call shows; empty: the caller's own, which many providers refuse.",
    )
    trunks: tuple[Annotated[str, AfterValidator(check_endpoint)], ...] = Field(
        default=(),
        description="Endpoints that lead outside, e.g. `PJSIP/trunk`; empty: told by the length of the numbers.",
    )
    cel_file: Path | None = Field(
        default=None,
        description="Asterisk's CEL file as seen from here, for calls it carried while Ringside was down.",
    )
    recordings_dir: str = Field(
        default="", description="The recordings folder as Asterisk sees it; empty means the same path as here."
    )
    phone_ws_url: str = Field(
        default="",
        pattern=WS_URL,
        description="Asterisk's websocket for browser phones; empty: `ws://`, the host of the page, port 8088.",
    )
    phone_domain: str = Field(
        default="", max_length=253, description="Domain in browser phones' addresses; empty: the host of the page."
    )
    ice_servers: tuple[str, ...] = Field(
        default=(), description="STUN or TURN servers of browser phones, e.g. `stun:stun.example.com:3478`."
    )
    tariff: Tariff = Tariff()


class SimulatedSection(Section):
    """A carrier without a network, for trying things out."""

    enabled: bool = Field(default=False, description="Whether simulated calls can be made.")


class Carriers(Section):
    """The telephone networks."""

    asterisk: AsteriskSection = AsteriskSection()
    twilio: TwilioSection = TwilioSection()
    simulated: SimulatedSection = SimulatedSection()
    confirm_mobiles: bool = Field(
        default=True,
        description=(
            "Whether an agent at a telephone outside must press 1 to take a call, lest their voicemail takes it; "
            "`false` where those telephones have none."
        ),
    )


class Ivr(Section):
    """The flows callers go through."""

    flows_dir: Path = Field(default=Path("ivr_flows"), description="Folder of the flow files and prompt texts.")
    default_flow: Name = Field(default="main", description="Flow of calls whose number is not listed below.")
    numbers: dict[str, Name] = Field(
        default={},
        description='Flow by the number that was called, as the carrier gives it: `"+35924000001" = "main"`.',
    )
    publish: Literal["manual", "on_start"] = Field(
        default="manual",
        description=(
            "Whether flow files that have changed are published when the server starts; `manual`: they are only told, "
            "and `ringside flows publish` makes them live. The very first start publishes them in any case."
        ),
    )


class Recording(Section):
    """Recordings of conversations and the folder of all sound files."""

    dir: Path = Field(default=Path("recordings"), description="Folder of recordings and rendered prompts.")
    record_calls: bool = Field(
        default=False, description="Whether conversations are recorded; tell your callers first."
    )


class Calendar(Section):
    """Opening hours under a name that flows ask for; when none is set there is `office`."""

    weekly: Annotated[dict[str, str], AfterValidator(check_week)] = Field(
        default={"mon-fri": "09:00-18:00"},
        description='Hours by day: `"mon-fri" = "09:00-12:30, 13:30-18:00"`, `sat = "24h"`, `sun = "closed"`.',
    )
    holidays: Annotated[str, AfterValidator(check_holidays)] = Field(
        default="", description="Country whose public holidays are closed (two letters); empty for none."
    )
    exceptions: Annotated[dict[str, str], AfterValidator(check_exceptions)] = Field(
        default={}, description='Single days, stronger than all else: `"2026-12-24" = "09:00-12:00"` or `"closed"`.'
    )
    timezone: Timezone | None = Field(default=None, description="Zone of these hours; the company's when not set.")


class Screens(Section):
    """What agents see."""

    record_deadline_ms: int = Field(
        default=150,
        ge=10,
        le=5000,
        description="How long a pop waits for the customer's record; what comes later is added to the open pop.",
    )
    reload_grace_s: float = Field(
        default=5.0, ge=0, le=120, description="How long an agent without a browser counts as still there."
    )
    session_hours: int = Field(default=12, ge=1, le=720, description="How long a log-in lasts.")


class Log(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important level that is kept."
    )
    format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json` is one object a line; `auto` is `console` at a terminal and `json` elsewhere.",
    )


class Settings(Section):
    """All settings."""

    company: Company = Company()
    server: Server = Server()
    database: DatabaseSection = DatabaseSection()
    carriers: Carriers = Carriers()
    overflow: Overflow = Overflow()
    ivr: Ivr = Ivr()
    speech: Speech = Speech()
    recording: Recording = Recording()
    queues: dict[Name, Queue] = Field(
        default={"sales": Queue(), "service": Queue(), "operator": Queue()}, description="The lines of waiting callers."
    )
    calendars: dict[Name, Calendar] = Field(default={"office": Calendar()}, description="The opening hours.")
    lookups: dict[Name, Lookup] = Field(default={}, description="The sources that flows may ask.")
    screens: Screens = Screens()
    log: Log = Log()
