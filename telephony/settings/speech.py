"""The settings of speech."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from telephony.settings.section import Language, Section
from telephony.settings.words import check_transcribe, check_voice


class SpokenLanguage(Section):
    """How one language is spoken, where it differs from `[speech]`, e.g. `[speech.languages.ru]`."""

    speed_wpm: int | None = Field(
        default=None, ge=80, le=450, description="Words a minute; `speech.speed_wpm` when not set."
    )
    pitch: int | None = Field(
        default=None, ge=0, le=99, description="Height of the voice, for espeak-ng; 50 when not set."
    )
    speaker: int | None = Field(
        default=None,
        ge=0,
        le=9999,
        description="Which speaker of a Piper voice that has several; the first when not set.",
    )
    gain_db: float = Field(default=0.0, ge=-12, le=6, description="Louder or softer than the other languages.")


class Speech(Section):
    """How prompts are rendered; recordings take the place of rendered texts. `docs/prompts.md` tells more."""

    engine: Literal["espeak-ng"] = Field(default="espeak-ng", description="Engine of voices that name none.")
    voices: dict[Language, Annotated[str, AfterValidator(check_voice)]] = Field(
        default={"en": "en-gb", "ru": "ru", "bg": "bg"},
        description=(
            "The voice for each language: a name that espeak-ng knows, or `piper:NAME` for the voice `NAME.onnx`; "
            "a language not listed uses espeak-ng's voice of its own name."
        ),
    )
    piper_voices: Path = Field(
        default=Path("voices"), description="Folder of Piper's voices: `NAME.onnx` and `NAME.onnx.json`."
    )
    piper: str = Field(
        default="piper", min_length=1, description="The program Piper: its name, or its path where it is elsewhere."
    )
    speed_wpm: int = Field(
        default=145, ge=80, le=450, description="Words a minute; with 145 a Piper voice keeps its own pace."
    )
    gain_db: float = Field(default=0.0, ge=-12, le=6, description="Louder or softer than the usual -19 LUFS.")
    transcribe: Annotated[str, AfterValidator(check_transcribe)] = Field(
        default="",
        description=(
            "Program that writes down callers' messages after the call, e.g. `/opt/hear {file} {language}`: what it "
            "prints stands in the call's entry. Empty: none."
        ),
    )
    languages: dict[Language, SpokenLanguage] = Field(
        default={}, description="What differs in one language, by its letters."
    )
