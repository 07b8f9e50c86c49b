"""What a ring's own call costs is billed to the caller's, over a restart too."""

import pytest

from telephony.calls.model import CallId
from telephony.carriers.twilio.refusals import RefusedError
from telephony.carriers.twilio.rest_answers import CallState
from telephony.carriers.twilio.rung_legs import RungLegs
from telephony.errors import OutcomeUnknownError
from tests.fakes.dues import FakeDues
from tests.fakes.virtual_time import LoopClock, play
from tests.unit.carriers.twilio.house import CALL, LEG
from tests.unit.carriers.twilio.test_bills import leg

CALL_ID, OTHER = CallId(CALL), "CA" + "3" * 32


class PaperBiller:
    """Implements `rung_legs.Biller`: every call has no legs of its own; `gone` are not known any more."""

    def __init__(self, *gone: str) -> None:
        self.asked: list[str] = []
        self.gone = gone

    async def bill(self, call_sid: str) -> list[CallState]:
        self.asked.append(call_sid)
        if call_sid in self.gone:
            raise RefusedError("there is no such call", status=404, code=20404)
        return [leg("-1")]


def test_a_call_is_billed_with_the_phones_that_were_rung_for_it() -> None:
    async def story() -> None:
        biller = PaperBiller()
        rung = RungLegs(biller, LoopClock())
        await rung.add(CALL_ID, LEG)
        await rung.add(CALL_ID, OTHER)
        assert len(await rung.bill(CALL)) == 3
        assert biller.asked == [CALL, LEG, OTHER]
        assert len(await rung.bill(OTHER)) == 1

    play(story())


def test_after_a_restart_it_is_known_what_was_rung_before() -> None:
    async def story() -> None:
        dues, biller = FakeDues(), PaperBiller()
        await RungLegs(biller, LoopClock(), dues).add(CALL_ID, LEG)
        second = RungLegs(biller, LoopClock(), dues)
        await second.add(CALL_ID, OTHER)
        await second.bill(CALL)
        assert biller.asked == [CALL, LEG, OTHER]

    play(story())


def test_a_phones_call_that_was_deleted_at_the_provider_costs_nothing_more() -> None:
    async def story() -> None:
        rung = RungLegs(PaperBiller(LEG), LoopClock())
        await rung.add(CALL_ID, LEG)
        assert len(await rung.bill(CALL)) == 1

    play(story())


def test_while_the_database_does_not_answer_no_price_is_told_that_may_be_too_low() -> None:
    async def story() -> None:
        dues = FakeDues()
        rung = RungLegs(PaperBiller(), LoopClock(), dues)
        dues.away = True
        await rung.add(CALL_ID, LEG)
        with pytest.raises(OutcomeUnknownError):
            await rung.bill(CALL)
        dues.away = False
        assert len(await rung.bill(CALL)) == 2

    play(story())
