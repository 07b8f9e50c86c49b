"""What waiting callers are told, in three languages."""

import pytest

from telephony.ivr.loader import with_pieces
from telephony.ivr.spoken.kinds import LANGUAGES
from telephony.ivr.spoken.waiting import MOST_PLACES, place_piece, wait_piece, waiting_texts
from telephony.ivr.texts import Texts
from telephony.routing.pace import rough_wait
from tests.fakes.flows import MAIN, flow


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            {
                "_place1": "You are next in line.",
                "_place3": "You are number three in line.",
                "_wait_under1": "Your call should be answered in less than a minute.",
                "_wait_about1": "Your call should be answered in about one minute.",
                "_wait_about4": "Your call should be answered in about four minutes.",
                "_wait_about25": "Your call should be answered in about twenty-five minutes.",
            },
        ),
        (
            "ru",
            {
                "_place1": "Ваш звонок следующий в очереди.",
                "_place2": "Ваш номер в очереди: два.",
                "_wait_under1": "Вам ответят меньше чем через минуту.",
                "_wait_about1": "Вам ответят примерно через минуту.",
                "_wait_about2": "Вам ответят примерно через две минуты.",
                "_wait_about4": "Вам ответят примерно через четыре минуты.",
                "_wait_about5": "Вам ответят примерно через пять минут.",
                "_wait_about25": "Вам ответят примерно через двадцать пять минут.",
                "_wait_over30": "Возможно, придётся ждать больше тридцати минут.",
            },
        ),
        (
            "bg",
            {
                "_place1": "Вашето обаждане е следващото на опашката.",
                "_place2": "Вие сте номер две на опашката.",
                "_wait_about1": "Ще ви отговорим след около една минута.",
                "_wait_about2": "Ще ви отговорим след около две минути.",
                "_wait_about25": "Ще ви отговорим след около двадесет и пет минути.",
            },
        ),
    ],
)
def test_numbers_and_minutes_agree(language: str, said: dict[str, str]) -> None:
    assert said.items() <= waiting_texts(language).items()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_whatever_is_told_has_a_text(language: str) -> None:
    waits = {rough_wait(seconds) for seconds in range(0, 4000, 5)}
    told = {wait_piece(wait.rough, wait.minutes) for wait in waits}
    told |= {place_piece(place) for place in range(1, MOST_PLACES + 1)}
    assert set(waiting_texts(language)) == told
    assert all("{" not in text for text in waiting_texts(language).values())


def test_a_language_without_such_texts_has_none() -> None:
    assert dict(waiting_texts("de")) == {}


def test_texts_are_rendered_ahead_for_flows_in_which_callers_wait() -> None:
    texts = Texts(by_language={"en": {}, "ru": {}})
    assert "_place3" in with_pieces(texts, [flow()]).by_language["en"]
    assert "_place3" not in with_pieces(texts, [flow()]).by_language["ru"]  # no caller of this flow hears it
    nobody_waits = MAIN.replace("type: queue, queue: sales, say: please_hold, wait_s: 120", "type: agent, agent: maria")
    assert nobody_waits != MAIN
    assert with_pieces(texts, [flow(nobody_waits)]).by_language["en"] == {}
