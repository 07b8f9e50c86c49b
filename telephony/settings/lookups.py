"""The settings of sources that flows may ask, each under the name that `lookup` nodes call it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from telephony.crm.address import check_address_template
from telephony.settings.section import Section
from telephony.settings.words import NAME, SECRET, check_headers

ValueName = Annotated[str, Field(pattern=NAME)]
Url = Annotated[str, AfterValidator(lambda text: check_address_template(text) if text else text)]
Status = Annotated[int, Field(ge=200, le=599)]


class Lookup(Section):
    """A source that flows may ask, under the name their `lookup` nodes use; `docs/lookups.md` tells more."""

    source: Literal["http", "file", "customer"] = Field(
        default="http",
        description=(
            "`http` is an address that answers in JSON, `file` a JSON file; `customer` gives the facts of our own "
            "customers."
        ),
    )
    file: Path | None = Field(
        default=None, description="JSON object with a member for each thing that is looked up; for source `file`."
    )
    url: Url = Field(
        default="",
        description="Its address, with the flow's values in it: `https://shop.example/orders/{order}`.",
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="How it is asked.")
    headers: Annotated[dict[str, str], AfterValidator(check_headers)] = Field(
        default={}, description='What is sent along; secrets by name: `{Authorization = "Bearer $RINGSIDE_SHOP"}`.'
    )
    body: dict[str, ValueName] = Field(
        default={},
        description='JSON object that a POST sends: its members, each with the name of a value: `{orderNo = "order"}`.',
    )
    answer: str = Field(
        default="",
        max_length=200,
        description="Where the answer lies in the JSON, e.g. `data.order`; empty: it is all.",
    )
    fields: dict[str, str] = Field(
        default={},
        description='Where in the answer a field lies that is not under its own name: `{status = "state.code"}`.',
    )
    not_found_status: tuple[Status, ...] = Field(
        default=(404,), description="HTTP statuses that mean that there is no such thing."
    )
    at_once: int = Field(
        default=10, ge=1, le=500, description="Most questions at a time; a further one goes `otherwise` at once."
    )

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        allowed = {"customer": {"source"}, "file": {"source", "file"}}.get(self.source)
        if allowed and (others := self.model_fields_set - allowed):
            raise ValueError(f"a source '{self.source}' takes no {', '.join(sorted(others))}")
        if (self.source == "file") != (self.file is not None):
            raise ValueError("a source 'file', and no other, needs a file such as config/orders.json")
        if self.source == "http" and not self.url:
            raise ValueError("needs a url such as https://shop.example/orders/{order}")
        if self.body and self.method != "POST":
            raise ValueError("a body is sent by method POST only")
        return self


def secrets_in(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give each header that takes a secret, with the secret's name."""
    for header, value in headers.items():
        for secret in SECRET.findall(value):
            yield header, secret
