"""Who a number belongs to, and why."""

from datetime import UTC, datetime

from telephony.calls.model import Channel, CustomerId
from telephony.calls.numbers import read_caller
from telephony.customers.match import MatchOutcome, Owner, decide

HOME = read_caller("+35924918055", region="BG")
JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)


def owner(
    name: str, label: str = "", *, channel: Channel = Channel.PHONE, last_contact: datetime | None = None
) -> Owner:
    return Owner(
        customer_id=CustomerId(name.lower()), name=name, label=label, channel=channel, last_contact=last_contact
    )


def test_one_owner_is_the_caller_and_the_reason_says_why() -> None:
    match = decide(HOME, [owner("Maria", "mobile")])
    assert match.outcome is MatchOutcome.ONE
    assert match.number == "+35924918055"
    assert match.candidates[0].reason == "the caller's number is Maria's mobile, +359 2 491 8055"


def test_a_number_without_a_label_is_a_phone_and_a_messenger_bears_its_name() -> None:
    assert "Maria's phone," in decide(HOME, [owner("Maria")]).candidates[0].reason
    assert "Maria's Viber," in decide(HOME, [owner("Maria", channel=Channel.VIBER)]).candidates[0].reason


def test_a_shared_number_leads_to_all_its_owners_latest_contact_first() -> None:
    owners = [owner("Never"), owner("January", last_contact=JANUARY), owner("March", last_contact=MARCH)]
    match = decide(HOME, owners)
    assert match.outcome is MatchOutcome.SEVERAL
    assert [c.name for c in match.candidates] == ["March", "January", "Never"]


def test_a_personal_phone_comes_before_a_switchboard_that_called_later() -> None:
    owners = [owner("Firm", "switchboard", last_contact=MARCH), owner("Maria", "mobile", last_contact=JANUARY)]
    assert [c.name for c in decide(HOME, owners).candidates] == ["Maria", "Firm"]


def test_a_customer_with_the_number_in_two_channels_is_one_candidate() -> None:
    match = decide(HOME, [owner("Maria", channel=Channel.WHATSAPP), owner("Maria", "mobile")])
    assert match.outcome is MatchOutcome.ONE
    assert "mobile" in match.candidates[0].reason


def test_the_order_does_not_hang_on_the_order_of_the_rows() -> None:
    owners = [owner("B", last_contact=MARCH), owner("A", last_contact=MARCH), owner("C", "office")]
    assert decide(HOME, owners) == decide(HOME, owners[::-1])


def test_a_strangers_number_is_nobodys() -> None:
    match = decide(HOME, [])
    assert (match.outcome, match.number, match.candidates) == (MatchOutcome.NONE, "+35924918055", ())


def test_nobody_is_looked_for_without_a_number() -> None:
    assert decide(read_caller("anonymous", region="BG"), []).outcome is MatchOutcome.WITHHELD


def test_a_colleagues_extension_is_no_customer_and_not_withheld() -> None:
    assert decide(read_caller("101", region="BG"), []).outcome is MatchOutcome.NONE
