"""How a customer is read from what other programs write."""

import pytest

from telephony.calls.model import Channel
from telephony.customers.imported import read_customer
from telephony.customers.record import Identity


def test_a_line_of_csv_becomes_a_customer() -> None:
    read = read_customer(
        {
            "id": "7",
            "name": " Maria ",
            "phones": "mobile: 0888 123 456; +35924918055",
            "emails": "Maria@Mail.Example",
            "facts.tier": "vip",
            "facts.balance": "-12.5",
            "facts.orders": "3",
            "facts.code": "007",
            "facts.debt": "true",
            "language": "",
        },
        region="BG",
    )
    assert read.customer.identities == (
        Identity(channel=Channel.PHONE, value="+359888123456"),
        Identity(channel=Channel.PHONE, value="+35924918055"),
        Identity(channel=Channel.EMAIL, value="maria@mail.example"),
    )
    assert read.labels == ("mobile", "", "")
    assert read.customer.name == "Maria"
    assert read.customer.language is None
    assert read.customer.facts == {"tier": "vip", "balance": -12.5, "orders": 3, "code": "007", "debt": True}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": "A"}, "id is missing"),
        ({"id": "1", "name": "  "}, "name is missing"),
        ({"id": "1", "name": "A", "phones": "not a number"}, "is not a telephone number"),
        ({"id": "1", "name": "A", "phones": ["112"]}, "is not a telephone number"),
        ({"id": "1", "name": "A", "emails": "nobody"}, "is not an e-mail address"),
        ({"id": "1", "name": "A", "colour": "red"}, "unknown column 'colour'"),
        ({"id": "1", "name": "A", "facts": {"a-b": 1}}, "the fact 'a-b'"),
        ({"id": "1", "name": "A", "facts": {"a": [1]}}, "the fact a must be"),
        ({"id": "1", "name": "A", "facts": "tier"}, "facts must be an object"),
        ({"id": "1", "name": ["A"]}, "name must be text"),
    ],
)
def test_a_bad_line_says_what_is_wrong(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_customer(fields, region="BG")
