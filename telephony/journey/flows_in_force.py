"""The flows that callers are served by: the live versions, taken while calls are running. No call is ever moved."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from telephony.calls.commands import Ask, Batch, Command, Hold, Prompt, Say
from telephony.calls.events import CallOffered
from telephony.errors import FlowError, RingsideError
from telephony.ivr.flow import Flow
from telephony.ivr.loader import FlowSet
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import Texts
from telephony.ivr.versions.bundle import Bundle, load_bundle
from telephony.ivr.versions.version import FlowVersion
from telephony.journey.live_call import LiveCall
from telephony.journey.switchboard import CallWay
from telephony.ports import Line, PromptFiles

logger = logging.getLogger(__name__)

TOLD_FAULTS = 5


class PublishedFlows(Protocol):
    """The versions that were published. Every method raises StoreUnavailableError."""

    async def last_move(self) -> int:
        """Give a number that grows whenever another version of any flow is made live."""
        ...

    async def live(self) -> Sequence[FlowVersion]:
        """Give the live version of every flow that has one."""
        ...

    async def bundle(self, version: FlowVersion) -> Bundle:
        """Give what a version is made of. Raises FlowError when that cannot be read any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedPrompt(Prompt):
    """A text as one version of a flow says it: the same id may be another text in the next version."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A live version that cannot serve callers. `instead` is the one that goes on serving them; None for none."""

    version: FlowVersion
    faults: tuple[str, ...]
    instead: int | None

    @property
    def told(self) -> str:
        """What is wrong, and how it is mended."""
        serves = f"version {self.instead} serves on" if self.instead else "no version serves its callers"
        mend = f"mend it and run `ringside flows publish {self.version.flow}`, or `ringside flows rollback`"
        return f"{self.version.shown} cannot be used, {serves}: {'; '.join(self.faults[:TOLD_FAULTS])}; {mend}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _InForce:
    number: int
    flow: Flow


@dataclass(slots=True, kw_only=True)
class FlowsInForce:
    """One for all calls. Implements `ports.PromptFiles`: a caller hears the texts of the version they are in."""

    published: PublishedFlows
    names: Names
    voice: Callable[[Texts], Awaitable[PromptFiles]]
    """Gives the sound files of a version's texts; those that are missing are made first."""
    flows_of_calls: Callable[[], Collection[str]] = tuple
    """Gives what live calls are in, as `LiveCall.flow`."""
    look_every_s: float = 1.0
    refused: Mapping[str, Refused] = field(default_factory=dict)
    """By flow; the health of the server tells of them."""
    _taken: Mapping[str, _InForce] = field(default_factory=dict)
    _flows: Mapping[str, Flow] = field(default_factory=dict)
    _sounds: dict[str, PromptFiles] = field(default_factory=dict)
    """By version, also of those that only live calls are still in."""
    _texts: dict[str, frozenset[Prompt]] = field(default_factory=dict)
    """What each of them says, with a sound or without."""
    _seen: int = -1

    def flows(self) -> Mapping[str, Flow]:
        """Return the flow by its name; a call keeps the one it began with."""
        return self._flows

    def path(self, prompt: Prompt) -> str | None:
        """Return the sound file of a prompt, in the call's own version."""
        version = prompt.version if isinstance(prompt, VersionedPrompt) else ""
        wanted, sounds = prompt_of(prompt), self._sounds.get(version)
        found = sounds.path(wanted) if sounds else None
        if found or wanted in self._texts.get(version, ()):  # under this id another version may say something else
            return found
        # a text that Ringside itself says may be younger than the version: any sound of it is better than none
        return next((path for each in self._sounds.values() if (path := each.path(wanted))), None)

    def speaks(self, flow: str, prompt: Prompt) -> bool:
        """Tell whether a caller in this flow, named as `LiveCall.flow` is, can hear a prompt."""
        version = flow.rpartition("@")[2]
        return self.path(VersionedPrompt(text_id=prompt.text_id, language=prompt.language, version=version)) is not None

    @property
    def serving(self) -> bool:
        """Tell whether every flow that should serve callers does, be it in an earlier version."""
        return bool(self._flows) and all(each.instead is not None for each in self.refused.values())

    @property
    def trouble(self) -> str:
        """What people must mend, '' when every live version serves callers."""
        if not self._flows and not self.refused:
            return "no flow is published: run `ringside flows publish`"
        return "; ".join(each.told for each in self.refused.values())

    async def watch(self) -> None:
        """Take every version that is made live, within seconds, for ever."""
        away = False
        while True:
            await asyncio.sleep(self.look_every_s)
            try:
                await self.refresh()
                away = False
            except RingsideError as error:
                if not away:
                    logger.warning("flows were not looked for", extra={"action": "flows_unread", "error": str(error)})
                away = True
            except Exception:  # one version with which something is very wrong must not hide all later ones
                logger.exception("flows were not taken", extra={"action": "flows_not_taken"})

    async def refresh(self) -> None:
        """Take what is live now: the next call begins in it. Raises StoreUnavailableError, and changes nothing then.

        A version that cannot be loaded is refused: the last good one stays.
        """
        last = await self.published.last_move()
        if last == self._seen:
            return
        taken, refused = dict(self._taken), dict[str, Refused]()
        live = await self.published.live()
        for version in live:
            now = taken.get(version.flow)
            if now is not None and now.flow.version == version.digest:
                taken[version.flow] = _InForce(number=version.number, flow=now.flow)
                continue
            try:
                taken[version.flow] = await self._take(version)
            except FlowError as error:
                refused[version.flow] = self._refuse(version, error.faults, now)
        for gone in taken.keys() - {version.flow for version in live}:
            logger.info("flow withdrawn", extra={"action": "flow_withdrawn", "flow": gone})
            del taken[gone]
        self._taken, self.refused, self._seen = taken, refused, last
        self._flows = MappingProxyType({name: each.flow for name, each in taken.items()})
        self._forget_sounds()

    async def _take(self, version: FlowVersion) -> _InForce:
        bundle = await self.published.bundle(version)
        loaded = await asyncio.to_thread(self._load, version, bundle)
        self._sounds[version.digest] = await self.voice(loaded.texts)
        self._texts[version.digest] = frozenset(_prompts_of(loaded.texts))
        fields = {"flow": version.flow, "version": version.number, "digest": version.digest, "by": version.by}
        logger.info("flow in force", extra={"action": "flow_in_force", **fields})
        return _InForce(number=version.number, flow=loaded.flows[version.flow])

    def _load(self, version: FlowVersion, bundle: Bundle) -> FlowSet:
        return load_bundle(bundle, self.names, shown=version.shown, version=version.digest)

    def _refuse(self, version: FlowVersion, faults: list[str], now: _InForce | None) -> Refused:
        instead = now.number if now else None
        logger.error(
            "a published flow cannot serve callers",
            extra={
                "action": "flow_refused",
                "flow": version.flow,
                "version": version.number,
                "faults": faults[:TOLD_FAULTS],
                "instead": instead,
            },
        )
        return Refused(version=version, faults=tuple(faults), instead=instead)

    def _forget_sounds(self) -> None:
        needed = {flow.version for flow in self._flows.values()}
        needed |= {flow.rpartition("@")[2] for flow in self.flows_of_calls()}
        for version in self._sounds.keys() - needed:
            del self._sounds[version]
            self._texts.pop(version, None)


@dataclass(slots=True)
class VersionedWay:
    """The way of a call, in which every text is that of the call's version. Implements `switchboard.CallWay`."""

    way: CallWay

    async def serve(self, call: LiveCall, offered: CallOffered) -> None:
        """Serve the caller. Raises CallerGoneError as the way itself."""
        if call.line is not None:
            call.line = _VersionedLine(call, call.line)
        await self.way.serve(call, offered)


@dataclass(slots=True)
class _VersionedLine:
    call: LiveCall
    line: Line

    def perform(self, batch: Batch) -> None:
        version = self.call.flow.rpartition("@")[2]
        commands = tuple(_in_version(each, version) for each in batch.commands)
        self.line.perform(Batch(turn=batch.turn, language=batch.language, commands=commands))


@lru_cache(maxsize=4096)
def _in_version(command: Command, version: str) -> Command:
    if not isinstance(command, Say | Ask | Hold) or not command.prompts:
        return command
    prompts = (
        VersionedPrompt(text_id=prompt.text_id, language=prompt.language, version=version) for prompt in command.prompts
    )
    return replace(command, prompts=tuple(prompts))


def prompt_of(prompt: Prompt) -> Prompt:
    """Return the prompt as every version names it."""
    return Prompt(text_id=prompt.text_id, language=prompt.language)


def _prompts_of(texts: Texts) -> Iterable[Prompt]:
    for language, said in texts.by_language.items():
        yield from (Prompt(text_id=text_id, language=language) for text_id in said)
