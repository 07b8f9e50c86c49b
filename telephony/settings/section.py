"""What every group of settings is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from telephony.settings.words import LANGUAGE, check_one_line

Language = Annotated[str, Field(pattern=LANGUAGE)]


class Section(BaseModel):
    """A group of settings: unknown names are faults, and nothing changes after start."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _one_line(cls, value: object) -> object:
        return check_one_line(value)
