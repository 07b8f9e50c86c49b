"""Agents' mobiles behind a trunk, and calls that another carrier's caller is on, as AMI events tell them."""

from datetime import UTC, datetime

from telephony.calls.events import CarrierEvent, LegAnswered, LegDialed, LegEnded, LegRinging, PhoneChanged
from telephony.calls.model import CallId
from telephony.carriers.asterisk.translate import Translator

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MARIAS, IVANS = "tel:+359888300400", "tel:+359888300500"
CLOUDS = "CA" + "1" * 32


class Pbx:
    """An Asterisk whose trunk is dialled by `PJSIP/{number}@trunk`."""

    def __init__(self) -> None:
        self.translator = Translator("PJSIP/{number}@trunk")
        self.told: list[CarrierEvent] = []

    def dials(self, call: str, leg: str, dialled: str, *, account: str = "", channel: str = "PJSIP/trunk") -> None:
        self._says(
            Event="DialBegin", Channel="PJSIP/trunk-1", Uniqueid=call, AccountCode=account, Exten="s",
            DestChannel=f"{channel}-{leg}", DestUniqueid=leg, DestLinkedid=call, DialString=dialled,
        )  # fmt: skip

    def rings(self, call: str, leg: str) -> None:
        self._says(Event="Newstate", Channel=f"PJSIP/trunk-{leg}", ChannelState="5", Uniqueid=leg, Linkedid=call)

    def answers(self, call: str, leg: str) -> None:
        channel = f"PJSIP/trunk-{leg}"
        self._says(Event="DialEnd", DialStatus="ANSWER", DestChannel=channel, DestUniqueid=leg, DestLinkedid=call)

    def ends(self, call: str, leg: str) -> None:
        self._says(Event="Hangup", Channel=f"PJSIP/trunk-{leg}", Uniqueid=leg, Linkedid=call, Cause="16")

    def story(self) -> list[str]:
        """Return what happened to phones, and their states."""
        names = {LegDialed: "dialed", LegRinging: "ringing", LegAnswered: "answered", LegEnded: "ended"}
        return [
            f"{each.endpoint} is {each.state.value}"
            if isinstance(each, PhoneChanged)
            else f"{each.endpoint} {names[type(each)]} in {each.call_id}"  # type: ignore[index, union-attr]
            for each in self.told
        ]

    def _says(self, **headers: str) -> None:
        self.told += self.translator.events(headers, NOW)
        assert self.translator.odd == 0


def test_a_mobile_is_told_by_its_own_number_from_the_first_to_the_last() -> None:
    pbx = Pbx()
    pbx.dials("1.1", "1.2", "+359888300400@trunk")
    pbx.rings("1.1", "1.2")
    pbx.answers("1.1", "1.2")
    pbx.ends("1.1", "1.2")
    assert pbx.story() == [
        f"{MARIAS} dialed in 1.1",
        f"{MARIAS} ringing in 1.1",
        f"{MARIAS} is ringing",
        f"{MARIAS} answered in 1.1",
        f"{MARIAS} is in_use",
        f"{MARIAS} ended in 1.1",
        f"{MARIAS} is idle",
    ]


def test_two_mobiles_over_one_trunk_at_the_same_time_are_not_taken_for_each_other() -> None:
    pbx = Pbx()
    pbx.dials("1.1", "1.2", "+359888300400@trunk")
    pbx.dials("2.1", "2.2", "+359888300500@trunk")
    pbx.rings("2.1", "2.2")
    pbx.rings("1.1", "1.2")
    pbx.answers("1.1", "1.2")
    pbx.ends("2.1", "2.2")
    states = [line for line in pbx.story() if " is " in line]
    assert states == [f"{IVANS} is ringing", f"{MARIAS} is ringing", f"{MARIAS} is in_use", f"{IVANS} is idle"]


def test_a_mobile_that_rings_before_its_dial_is_told_is_known_all_the_same() -> None:
    pbx = Pbx()
    pbx.rings("1.1", "1.2")
    assert pbx.told == []
    pbx.dials("1.1", "1.2", "+359888300400@trunk")
    assert pbx.story() == [f"{MARIAS} dialed in 1.1", f"{MARIAS} ringing in 1.1", f"{MARIAS} is ringing"]


def test_what_goes_out_over_the_trunk_in_another_way_is_the_trunks() -> None:
    pbx = Pbx()
    pbx.dials("1.1", "1.2", "0888300400@trunk")
    pbx.ends("1.1", "1.2")
    assert pbx.story() == ["PJSIP/trunk dialed in 1.1", "PJSIP/trunk ended in 1.1"]


def test_a_channel_that_the_dialplan_marked_dials_for_the_call_it_names() -> None:
    pbx = Pbx()
    pbx.dials("1.1", "1.2", "101", account=f"ringside-part-of:{CLOUDS}", channel="PJSIP/101")
    [dialed] = pbx.told
    assert isinstance(dialed, LegDialed)
    assert (dialed.call_id, dialed.part_of, dialed.endpoint) == ("1.1", CallId(CLOUDS), "PJSIP/101")


def test_any_other_account_code_is_the_companys_own() -> None:
    pbx = Pbx()
    pbx.dials("1.1", "1.2", "101", account=CLOUDS, channel="PJSIP/101")
    [dialed] = pbx.told
    assert isinstance(dialed, LegDialed)
    assert dialed.part_of is None
