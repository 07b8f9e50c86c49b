"""Published versions in memory, and sounds that are only words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telephony.calls.commands import Prompt
from telephony.errors import FlowError, StoreUnavailableError
from telephony.ivr.loader import FlowSet
from telephony.ivr.texts import Texts
from telephony.ivr.versions.bundle import Bundle, bundle_of
from telephony.ivr.versions.version import Draft, FlowVersion, MovedMeanwhileError
from tests.fakes.house import NOON


class FakePublished:
    """Implements Publisher; can be away, and can have lost a bundle."""

    def __init__(self) -> None:
        self.kept: list[FlowVersion] = []
        self.bundles: dict[tuple[str, int], Bundle] = {}
        self.moves = 0
        self.away = False
        self.faster: Draft | None = None
        """Somebody else's draft, published just before the next one."""

    async def last_move(self) -> int:
        if self.away:
            raise StoreUnavailableError("the database is locked")
        return self.moves

    async def live(self) -> Sequence[FlowVersion]:
        return [version for version in self.kept if version.live]

    async def bundle(self, version: FlowVersion) -> Bundle:
        if (version.flow, version.number) not in self.bundles:
            raise FlowError([f"{version.shown}: is not what was published"])
        return self.bundles[version.flow, version.number]

    async def publish(self, drafts: Sequence[Draft], *, by: str, note: str, at: datetime) -> Sequence[FlowVersion]:
        if self.faster is not None:
            self._put(self.faster, "somebody", "", at)
            self.faster = None
            raise MovedMeanwhileError("somebody else was faster")
        return [self._put(draft, by, note, at) for draft in drafts]

    def takes(self, flows: FlowSet, name: str = "main") -> FlowVersion:
        """Publish a flow at once, whatever speaks against it."""
        flow = flows.flows[name]
        return self._put(Draft(bundle=bundle_of(flow, flows), digest=flow.version, over=None), "maria", "", NOON)

    def goes_back(self, name: str, number: int | None) -> None:
        self.kept = [replace(v, live=v.number == number) if v.flow == name else v for v in self.kept]
        self.moves += 1

    def _put(self, draft: Draft, by: str, note: str, at: datetime) -> FlowVersion:
        name = draft.bundle.flow
        self.goes_back(name, None)
        number = sum(version.flow == name for version in self.kept) + 1
        version = FlowVersion(
            flow=name, number=number, digest=draft.digest, at=at, by=by, note=note, replaced=draft.over, live=True
        )
        self.kept.append(version)
        self.bundles[name, number] = draft.bundle
        return version


class WordsForSounds:
    """Implements PromptFiles: the path of a prompt is its text."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def path(self, prompt: Prompt) -> str | None:
        return self.texts.by_language.get(prompt.language, {}).get(prompt.text_id)


async def in_words(texts: Texts) -> WordsForSounds:
    return WordsForSounds(texts)
