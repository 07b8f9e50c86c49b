"""A message that a caller left reaches our disk though the server is started anew before it could be fetched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.calls.commands import HangUp, Record
from telephony.carriers.twilio import recording_file
from telephony.carriers.twilio.recordings import KIND, Fetching, Recordings
from telephony.carriers.twilio.refusals import RefusedError
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import Misbehaviour
from tests.unit.carriers.twilio.whole import house
from tests.waiting import until

MESSAGE: tuple[Record, ...] = (Record(name="CA1-7"),)


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.mark.parametrize("how", [Misbehaviour.NEVER, Misbehaviour.CUT_OFF, Misbehaviour.SERVER_ERROR])
@pytest.mark.parametrize("delete", [True, False])
async def test_a_message_is_fetched_after_a_restart(tmp_path: Path, how: Misbehaviour, *, delete: bool) -> None:
    dues, folder = FakeDues(), tmp_path / "kept"
    fetching = Fetching(folder=folder, delete=delete, pauses_s=(0.02,))
    async with house(tmp_path) as at:
        caller = await at.called({1: MESSAGE, 2: (HangUp(),)})
        await caller.speaks(4)
        caller.hangs_up()
        await at.over(caller)
        await until(lambda: at.recordings.owed)
        ((name, sid),) = at.recordings.owed

        at.twilio.misbehaves(how, path=".wav", times=None)
        async with Recordings(at.rest, WallClock(), fetching, dues=dues) as first:
            first.owe(name, sid)
            await until(lambda: any(sid in each.path for each in at.twilio.api_requests))
        assert dues.ids(KIND) == [sid]
        assert not any(path.is_file() for path in folder.rglob("*"))
        assert (await at.rest.recording(sid)).sid == sid

        at.twilio.behaves()
        async with Recordings(at.rest, WallClock(), fetching, dues=dues) as second:
            await second.settled()
        assert recording_file.is_whole_wav(folder / f"{name}.wav")
        assert dues.ids(KIND) == []
        if delete:
            with pytest.raises(RefusedError):
                await at.rest.recording(sid)
        else:
            assert (await at.rest.recording(sid)).sid == sid
