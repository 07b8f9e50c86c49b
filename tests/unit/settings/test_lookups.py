"""The settings of what flows ask others for."""

from pathlib import Path

import pytest

from telephony.errors import SettingsError
from telephony.ivr.surroundings import AskedBy
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import (
    asterisk_of,
    customer_lookups_of,
    file_lookups_of,
    http_lookups_of,
    names_of,
    outside_of,
    serving_names_of,
)

TEXT = """
[carriers.asterisk]
outside_dial = "PJSIP/{number}@trunk"
outside_allow = ["+359"]
outside_caller_id = "+35921234567"
[lookups.orders]
url = "https://shop.example/orders/{order}?full=1"
headers = { Authorization = "Bearer $RINGSIDE_SHOP", X-Company = "northwind" }
answer = "data.order"
fields = { status = "state.code" }
[lookups.stock]
url = "https://stock.example/find"
method = "POST"
body = { articleNo = "article" }
not_found_status = [204, 404]
at_once = 3
[lookups.customers]
source = "customer"
[lookups.shelves]
source = "file"
file = "shelves.json"
[speech]
transcribe = "/opt/hear --quick {file} {language}"
"""


def configured(folder: Path, text: str = TEXT, **environment: str) -> Configuration:
    file = folder / "ringside.toml"
    file.write_text(text)
    return load_settings(file, {"RINGSIDE_SHOP": "t0ken", **environment})


def test_sources_are_told_their_secrets_and_show_them_to_nobody(tmp_path: Path) -> None:
    lookups = http_lookups_of(configured(tmp_path))
    orders = lookups["orders"]
    assert dict(orders.headers) == {"Authorization": "Bearer t0ken", "X-Company": "northwind"}
    assert (orders.answer, dict(orders.fields)) == (("data", "order"), {"status": ("state", "code")})
    assert "t0ken" not in repr(orders)
    stock = lookups["stock"]
    assert (stock.method, dict(stock.body), stock.at_once) == ("POST", {"articleNo": "article"}, 3)
    assert stock.not_found_status == {204, 404}


def test_flows_may_name_every_source(tmp_path: Path) -> None:
    assert names_of(configured(tmp_path)).lookups == {"orders", "stock", "customers", "shelves"}
    assert customer_lookups_of(configured(tmp_path)) == {"customers"}
    assert file_lookups_of(configured(tmp_path)) == {"shelves": tmp_path / "shelves.json"}


def test_flows_know_what_each_source_is_asked_by(tmp_path: Path) -> None:
    company = configured(tmp_path)
    assert names_of(company).asked_by == {
        "orders": AskedBy(names=frozenset({"order"})),
        "stock": AskedBy(names=frozenset({"article"})),
        "customers": AskedBy(names=frozenset({"id", "number", "phone"}), one=True),
        "shelves": AskedBy(one=True),
    }


def test_a_published_flow_serves_on_though_a_source_is_asked_by_other_values_now(tmp_path: Path) -> None:
    serving = serving_names_of(configured(tmp_path))
    assert (serving.lookups, serving.asked_by) == ({"orders", "stock", "customers", "shelves"}, {})


def test_telephones_outside_are_reached_as_the_settings_allow(tmp_path: Path) -> None:
    outside = outside_of(configured(tmp_path))
    assert outside("+359888000222") == "PJSIP/+359888000222@trunk"
    assert outside("+447700900104") is None
    assert outside_of(configured(tmp_path, ""))("+359888000222") is None
    assert asterisk_of(configured(tmp_path)).outside_caller_id == "+35921234567"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[lookups.a]", "lookups.a: needs a url"),
        ('[lookups.a]\nurl = "ftp://shop.example"', "lookups.a.url: must be an address such as https://"),
        ('[lookups.a]\nurl = "https://{shop}/x"', "must have no {name} before its path"),
        ('[lookups.a]\nurl = "https://me:pw@shop.example/"', "must not hold a user or password"),
        ('[lookups.a]\nurl = "https://shop.example/{Order No}"', "must name values as {order}"),
        ('[lookups.a]\nurl = "https://shop.example"\nbody = {a = "b"}', "a body is sent by method POST only"),
        (
            '[lookups.a]\nurl = "https://shop.example"\nheaders = {Authorization = "Bearer abc"}',
            "name it as $RINGSIDE_",
        ),
        ('[lookups.a]\nurl = "https://shop.example"\nheaders = {X = "$HOME"}', "other $ are not allowed"),
        ('[lookups.a]\nurl = "https://shop.example"\nheaders = {"X:" = "1"}', "names of HTTP headers"),
        (
            '[lookups.a]\nurl = "https://shop.example"\nheaders = {X = "$RINGSIDE_NONE"}',
            "environment: RINGSIDE_NONE: must be set to printable text, for lookups.a.headers.X",
        ),
        ('[lookups.a]\nsource = "customer"\nurl = "https://shop.example"', "a source 'customer' takes no url"),
        ('[lookups.a]\nsource = "file"', "needs a file such as"),
        ('[lookups.a]\nurl = "https://shop.example"\nfile = "a.json"', "a source 'file', and no other, needs a file"),
        ('[lookups.a]\nurl = "https://shop.example"\nat_once = 0', "lookups.a.at_once: must be 1 to 500"),
        ('[carriers.asterisk]\noutside_dial = "PJSIP/trunk"', "must be an address with one {number}"),
        ('[carriers.asterisk]\noutside_dial = "PJSIP/{number}&PJSIP/1"', "must be an address with one {number}"),
        ('[carriers.asterisk]\noutside_allow = ["0888"]', "must be the beginning of an international number"),
        ('[carriers.asterisk]\noutside_caller_id = "1)"', "must be a number"),
        ('[speech]\ntranscribe = "hear"', "{file} among them"),
        ('[speech]\ntranscribe = "hear \'{file}"', "{file} among them"),
    ],
)
def test_a_fault_says_what_is_allowed(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as refused:
        configured(tmp_path, text)
    assert fault in str(refused.value)
    assert len(refused.value.faults) == 1
