"""One live call: its mailbox, its line, its phones and what is known of the caller so far."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from telephony.calls.commands import Batch
from telephony.calls.events import (
    AgentChosen,
    CallFinished,
    CallOffered,
    LegEvent,
    LineEvent,
    LineLost,
)
from telephony.calls.model import AgentId, CallId, CallRecord, LegId
from telephony.calls.numbers import CallerNumber
from telephony.journey.lookup import Identified
from telephony.journey.mailbox import Mailbox
from telephony.journey.sent import Sent
from telephony.journey.stand import Stand
from telephony.ports import Clock, Journal, Line
from telephony.timeline.entry import PathStep

logger = logging.getLogger(__name__)

MAILBOX_LIMIT = 500
LINE_IS_LATE_S = 5.0
"""How long the line of a call that the network calls finished may still be silent before we believe the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A caller who waits, and the line they are on: a call may come again, on another one."""

    offered: CallOffered
    line: Line


Mail = Offer | LineEvent | LegEvent | CallFinished | AgentChosen


class CallerGoneError(Exception):
    """The caller's line is lost; unwinds the call's way to its end."""


@dataclass(slots=True, kw_only=True)
class Phone:
    """One phone's part in a live call."""

    leg_id: LegId
    endpoint: str
    from_endpoint: str
    caller: str
    caller_name: str
    called: str
    queue: str
    dialed_at: datetime
    from_leg: LegId | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int = 0
    """Why it ended, as Q.850 numbers it; 0 when not known."""
    is_part: bool = False
    """Another carrier than the caller's rings it, and tells what becomes of it."""


@dataclass(slots=True, kw_only=True, eq=False)
class LiveCall:
    """A call while it lives. Only its own task reads the mailbox and changes it."""

    id: CallId
    clock: Clock
    journal: Journal
    on_leg: Callable[["LiveCall", LegEvent], None]
    """Sees every leg event in order, whatever the call waits for."""
    started_at: datetime
    first_seq: int = 0
    """Over 0 when the call was here before: its steps are numbered on."""
    mailbox: Mailbox[Mail] = field(default_factory=Mailbox)
    carrier: str = "asterisk"
    """The name of the carrier on which the call lives."""
    line: Line | None = None
    leg_id: LegId | None = None
    offered: CallOffered | None = None
    number: CallerNumber | None = None
    identified: asyncio.Future[Identified] | None = None
    phones: dict[LegId, Phone] = field(default_factory=dict)
    path: list[PathStep] = field(default_factory=list)
    chosen: AgentChosen | None = None
    flow: str = ""
    """Name and version of the flow the caller is in, e.g. `main@1f3a`."""
    queue: str = ""
    joined_at: datetime | None = None
    stand: Stand | None = None
    """What is done with the caller in the flow; kept when the line is lost, for another carrier's to go on there."""
    moved: bool = False
    """The caller has come from another carrier's line, and goes on where they stood."""
    place: datetime | None = None
    """Since when a caller who has moved waits in the line they were in."""
    passed: dict[AgentId, datetime] = field(default_factory=dict)
    """Who was rung for the call and did not take it, and when."""
    sent: Sent | None = None
    """Where somebody wants the caller to go; taken by the call's own task as soon as it can."""
    bound_for: Sent | None = None
    """Where they go now; kept when the line is lost, as `stand` is."""
    leaves_for: str = ""
    """The carrier to which the caller is being taken: the line they have now will be lost on purpose."""
    why: str = ""
    withheld: list[PathStep] = field(default_factory=list)
    """That the caller has hung up; it holds unless they go on on another line."""
    outgoing: bool = False
    record: CallRecord | None = None
    """What the ledger says, once the call is over."""
    finished: bool = False
    """The network says that the last leg is gone."""
    line_lost: bool = False
    overflow: int = 0

    def post(self, mail: Mail) -> None:
        """Put into the mailbox; never blocks. What does not fit is counted: a call cannot have that much to say.

        An end always fits, for a call that misses it never ends.
        """
        if len(self.mailbox) < MAILBOX_LIMIT or isinstance(mail, LineLost | CallFinished):
            self.mailbox.put(mail)
            return
        self.overflow += 1
        if self.overflow == 1:
            logger.error("call mailbox is full", extra={"action": "mailbox_full", "call_id": self.id})

    def take_line(self, offer: Offer) -> None:
        """Go on with the line that was offered; the one before it is gone."""
        crossed = bool(self.leaves_for) or self.carrier != offer.offered.carrier
        self.moved, self.leaves_for = self.offered is not None and crossed, ""
        self.offered, self.line, self.leg_id, self.line_lost = offer.offered, offer.line, offer.offered.leg_id, False
        self.carrier = offer.offered.carrier
        self.withheld.clear()

    async def take(self, limit_s: float | None = None) -> Offer | LineEvent | LegEvent | AgentChosen | None:
        """Wait for one mail and note what it changes in the call.

        Returns None when the network says the call is finished, and when `limit_s` passes.
        """
        mail = await self._mail(limit_s)
        match mail:
            case CallFinished():
                self.finished = True
                return None
            case LineLost():
                self.line_lost = True
            case _ if isinstance(mail, LegEvent):
                self.on_leg(self, mail)
                if self.finished and not self.open_phones:
                    return None
        return mail

    async def _mail(self, limit_s: float | None) -> Mail | None:
        if limit_s is not None and limit_s <= 0.0:
            await asyncio.sleep(0)  # what comes in this moment still counts
            return await self.mailbox.take() if self.mailbox else None
        if limit_s is None or self.mailbox:  # nearly always, and a limit costs as much as the mail
            return await self.mailbox.take()
        try:
            async with asyncio.timeout(limit_s):
                return await self.mailbox.take()
        except TimeoutError:
            return None

    async def hear(self, limit_s: float | None = None) -> LineEvent | AgentChosen | None:
        """Wait for what who serves the caller must know; phones are followed on the side.

        Returns None as `take`. Raises CallerGoneError when the caller has come again, on a new line.
        """
        mail = await self.take(limit_s)
        while isinstance(mail, LegEvent):
            mail = await self.take(limit_s)
        if isinstance(mail, Offer):
            self.post(mail)
            raise CallerGoneError
        return mail

    async def perform(self, batch: Batch, on_chosen: Callable[[], None] | None = None) -> LineEvent:
        """Have the line perform the batch and return its answer. Raises CallerGoneError when the line is lost.

        An agent chosen meanwhile is kept in `chosen`, and `on_chosen` is called.
        """
        if self.line is None or self.line_lost:
            raise CallerGoneError
        self.line.perform(batch)
        late_at: float | None = None
        while True:
            left_s = None
            if self.finished:  # the line may yet say what came of the batch: a message that ended by hanging up
                now = asyncio.get_running_loop().time()
                late_at = now + LINE_IS_LATE_S if late_at is None else late_at
                left_s = max(late_at - now, 0.0)
            if left_s == 0.0 and not self.mailbox:
                self.line_lost = True
                raise CallerGoneError
            event = await self.hear(left_s)
            match event:
                case LineLost():
                    raise CallerGoneError
                case AgentChosen():
                    self.chosen = event
                    if on_chosen is not None:
                        on_chosen()
                case None:
                    continue
                case _ if event.turn == batch.turn:
                    return event
                case _:  # Asterisk may still answer an earlier batch
                    continue

    async def hear_end_of(self, phone: Phone, limit_s: float) -> None:
        """Wait until this phone has ended or `limit_s` passes; what is not about phones stays in the mailbox."""
        until = asyncio.get_running_loop().time() + limit_s
        kept: list[Mail] = []
        while phone.ended_at is None and not self.finished:
            left_s = until - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            mail = await self.take(left_s)
            if mail is not None and not isinstance(mail, LegEvent):
                kept.append(mail)
        for each in (*kept, *self.mailbox.take_all()):
            self.mailbox.put(each)

    @property
    def may_go_on(self) -> bool:
        """Tell whether a caller whose line is lost may be on the way to another."""
        return bool(self.leaves_for) or (self.offered is not None and self.offered.part_of is not None)

    def end_path(self) -> None:
        """Keep what was withheld: the caller goes on nowhere."""
        for step in self.withheld:
            self._keep(replace(step, seq=self.next_seq))
        self.withheld.clear()

    def note(
        self, node: str, kind: str, event: str, value: str = "", label: str = "", *, withheld: bool = False
    ) -> None:
        """Keep one step of the call's path; see `withheld`."""
        step = PathStep(
            call_id=self.id,
            seq=self.next_seq,
            at=self.clock.now(),
            flow=self.flow,
            node=node,
            kind=kind,
            event=event,
            value=value,
            label=label,
        )
        if withheld:
            self.withheld.append(step)
        else:
            self._keep(step)

    def _keep(self, step: PathStep) -> None:
        self.path.append(step)
        self.journal.add(step)

    @property
    def next_seq(self) -> int:
        """Return the number of the path's next step."""
        return self.first_seq + len(self.path)

    def come_apart(self) -> None:
        """Let go of what points back here, so that a call that is over is freed at once.

        A second's calls left to the garbage collector keep all others waiting for a quarter of one.
        """
        self.line = self.stand = None

    def take_chosen(self) -> None:
        """Take the choice of an agent out of the mailbox, if it lies there; all other mail keeps its order."""
        for each in self.mailbox.take_all():
            if isinstance(each, AgentChosen):
                self.chosen = each
            else:
                self.mailbox.put(each)

    def phone_at(self, endpoint: str) -> Phone | None:
        """Return the latest phone dialled at this address, or None."""
        return next((phone for phone in reversed(list(self.phones.values())) if phone.endpoint == endpoint), None)

    def leg_at(self, endpoint: str) -> LegId | None:
        """Return the leg in this call of whoever sits at the endpoint, or None when it is over there."""
        for phone in reversed(list(self.phones.values())):
            if phone.ended_at is None and phone.endpoint == endpoint:
                return phone.leg_id
        for phone in self.phones.values():  # an outgoing call: the agent's own leg dialled the other
            if phone.ended_at is None and phone.from_endpoint == endpoint:
                return phone.from_leg or phone.leg_id
        return None

    @property
    def open_phones(self) -> bool:
        """Tell whether any dialled phone is still in the call."""
        return any(phone.ended_at is None for phone in self.phones.values())
