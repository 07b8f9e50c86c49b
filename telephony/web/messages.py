"""What browsers may say on the agents' socket (docs/agent_socket.md)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_Id = Annotated[str, Field(min_length=1, max_length=128)]


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Ack(_Message):
    """The pop is on the screen."""

    type: Literal["ack"]
    pop_id: _Id


class SetState(_Message):
    """The agent is ready, away or offline."""

    type: Literal["state"]
    value: Literal["ready", "away", "offline"]


class HangUpCall(_Message):
    """The agent ends the call."""

    type: Literal["hang_up"]
    call_id: _Id


class DeclineCall(_Message):
    """The agent does not take the ringing call."""

    type: Literal["decline"]
    call_id: _Id


class WrapUp(_Message):
    """The agent's note, whole each time; `done` ends the wrap-up."""

    type: Literal["wrap_up"]
    call_id: _Id
    note: str = Field(max_length=10_000)
    done: bool


class Ping(_Message):
    """Is the server still there? Answered by `pong`."""

    type: Literal["ping"]


Message = Ack | SetState | HangUpCall | DeclineCall | WrapUp | Ping
MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])
