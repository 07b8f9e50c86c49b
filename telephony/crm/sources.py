"""All sources by name: who stands behind the port Lookups."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import aiohttp

from telephony.crm.circuit import Circuit
from telephony.crm.http_json import HttpSettings, HttpSource, new_session
from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from telephony.ports import Clock


class Source(Protocol):
    """One source."""

    async def ask(
        self, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted; None when there is no such thing. Raises LookupFailedError."""
        ...


@dataclass(slots=True, kw_only=True)
class Sources(AbstractAsyncContextManager["Sources"]):
    """Asks each source of the settings; open it before use."""

    http: Mapping[str, HttpSettings] = field(default_factory=lambda: MappingProxyType({}))
    own: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    """Those that need no session."""
    clock: Clock
    _session: aiohttp.ClientSession | None = None
    _by_name: dict[str, Source] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        session = self._session = new_session()
        self._by_name = dict(self.own)
        for name, settings in self.http.items():
            self._by_name[name] = HttpSource(settings, session, Circuit(clock=self.clock))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self, source: str, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted, as `ports.Lookups` says."""
        found = self._by_name.get(source)
        if found is None:
            raise LookupFailedError(f"there is no source of this name; add [lookups.{source[:40]}] to the settings")
        return await found.ask(values, gives)
