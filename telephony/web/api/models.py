"""What the HTTP API takes and gives; the OpenAPI document is made from these."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from telephony.calls.costs import together
from telephony.calls.model import CallRecord
from telephony.customers.record import CustomerRecord
from telephony.ivr.replay.facts_kept import KIND as FACTS_KIND
from telephony.ports import User
from telephony.timeline.entry import CallEntry


class Model(BaseModel):
    """Strict: a number is not a text, and what is not known is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LoginRequest(Model):
    """Who wants to come in."""

    login: str = Field(min_length=1, max_length=128)
    password: str = Field(min_length=1, max_length=1024)


class AgentModel(Model):
    """A person who takes calls."""

    id: str
    name: str
    extension: str
    queues: list[str]


class Me(Model):
    """Who is logged in. `phone` is `browser`, `desk`, or null for those who take no calls."""

    login: str
    name: str
    role: str
    agent: AgentModel | None
    phone: str | None


class BrowserPhone(Model):
    """How the user's own browser phone registers."""

    ws_url: str
    uri: str
    user: str
    password: str
    display_name: str
    ice_servers: list[str]


class IdentityModel(Model):
    """One address of a customer."""

    channel: str
    value: str


class CustomerModel(Model):
    """One customer."""

    id: str
    name: str
    language: str | None
    note: str
    personal_agent: str | None
    facts: dict[str, str | int | float | bool]
    identities: list[IdentityModel]


class ContactModel(Model):
    """One line of the customer's timeline."""

    entry_id: str
    channel: str
    direction: str
    at: datetime
    summary: str
    outcome: str


class RecordModel(Model):
    """A customer and the latest contacts, newest first; the same shape as in the agents' socket."""

    customer: CustomerModel
    recent: list[ContactModel]
    as_of: datetime


class LegModel(Model):
    """One party's part in a call."""

    leg_id: str
    channel: str
    number: str
    name: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float


class StepModel(Model):
    """One step of the caller through a flow."""

    seq: int
    at: datetime
    flow: str
    node: str
    kind: str
    event: str
    value: str
    label: str


class MoneyModel(Model):
    """An amount of money, a decimal number as text; `currency` is ISO 4217."""

    amount: str
    currency: str


class CostModel(MoneyModel):
    """What a call costs, on both carriers together when it went over two.

    `source` is `provider` when the provider named all of `amount`, `tariff` when any of it is by a table of ours: until
    the provider tells, and for what Asterisk's legs cost of a call whose caller is on another carrier. Currencies are
    never added: when that is in another one, `amount` is without it and it is `beside`, by the table; else null.
    """

    source: str
    beside: MoneyModel | None


class CallModel(Model):
    """One call. `recordings` are numbers for `/calls/{id}/recordings/{i}`; `path` is empty in lists.

    `cost` is null for agents, and while it is not known.
    """

    call_id: str
    customer_id: str | None
    customer_name: str
    direction: str
    caller: str
    called: str
    queue: str
    disposition: str
    hung_up_by: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float
    talk_s: float
    agents: list[str]
    outcome: str
    summary: str
    note: str
    cost: CostModel | None
    recordings: list[int]
    legs: list[LegModel]
    path: list[StepModel]


class CallList(Model):
    """Calls, newest first. Ask again with `before` = `next` for more; null when there are no more."""

    calls: list[CallModel]
    next: datetime | None


def me_of(user: User) -> Me:
    """Tell the user about themselves."""
    agent = user.agent
    if agent is None:
        return Me(login=user.login, name=user.name, role=user.role.value, agent=None, phone=None)
    shown = AgentModel(id=agent.id, name=agent.name, extension=agent.extension, queues=sorted(agent.queues))
    phone = "browser" if user.sip_password else "desk"
    return Me(login=user.login, name=user.name, role=user.role.value, agent=shown, phone=phone)


def record_of(record: CustomerRecord) -> RecordModel:
    """Show a customer's record."""
    customer = record.customer
    return RecordModel(
        customer=CustomerModel(
            id=customer.id,
            name=customer.name,
            language=customer.language,
            note=customer.note,
            personal_agent=customer.personal_agent,
            facts=dict(customer.facts),
            identities=[IdentityModel(channel=each.channel.value, value=each.value) for each in customer.identities],
        ),
        recent=[
            ContactModel(
                entry_id=past.entry_id,
                channel=past.channel.value,
                direction=past.direction,
                at=past.at,
                summary=past.summary,
                outcome=past.outcome,
            )
            for past in record.recent
        ],
        as_of=record.as_of,
    )


def _cost_of(record: CallRecord) -> CostModel | None:
    cost, beside = together(record.cost, record.cost_beside)
    if cost is None:
        return None
    return CostModel(
        amount=format(cost.amount, "f"),
        currency=cost.currency,
        source=cost.source.value,
        beside=MoneyModel(amount=format(beside.amount, "f"), currency=beside.currency) if beside else None,
    )


def call_of(entry: CallEntry, *, with_cost: bool) -> CallModel:
    """Show a call; what it costs only to those whose business it is."""
    record = entry.record
    return CallModel(
        call_id=record.linkedid,
        customer_id=entry.customer_id,
        customer_name=entry.customer_name,
        direction=record.direction.value,
        caller=record.caller,
        called=record.called,
        queue=entry.queue,
        disposition=record.disposition.value,
        hung_up_by=record.hung_up_by.value if record.hung_up_by else None,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        wait_s=entry.wait_s,
        talk_s=record.talk_s,
        agents=list(entry.agents),
        outcome=entry.outcome,
        summary=entry.summary,
        note=entry.note,
        cost=_cost_of(record) if with_cost else None,
        recordings=list(range(len(entry.recordings))),
        legs=[
            LegModel(
                leg_id=leg.leg_id,
                channel=leg.channel,
                number=leg.number,
                name=leg.name,
                started_at=leg.started_at,
                answered_at=leg.answered_at,
                ended_at=leg.ended_at,
                talk_s=leg.talk_s,
            )
            for leg in record.legs
        ],
        path=[
            StepModel(
                seq=step.seq,
                at=step.at,
                flow=step.flow,
                node=step.node,
                kind=step.kind,
                event=step.event,
                value=step.value,
                label=step.label,
            )
            for step in entry.path
            if step.kind != FACTS_KIND  # what the flow knew is kept for the replay
        ],
    )
