"""What is said can be said in every language, and heard."""

from telephony.calls.commands import Prompt
from telephony.ivr.check import Around, Code, findings, review
from telephony.ivr.check.languages import unused_texts
from telephony.ivr.flow import Flow
from telephony.ivr.loader import parse_flow
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import KNOWN, AnyText

ARTICLES = {"en": {"news": ("one", "two")}, "de": {"news": ("eins",)}}
TEXTS = Texts(by_language={"en": AnyText(), "de": AnyText()}, articles_by_language=ARTICLES)
PERSON = "  person: {type: queue, queue: sales, say: hold, otherwise: bye}\n  bye: {type: hangup, outcome: unmet}\n"


def flow_of(start: str, languages: str = "en, de") -> Flow:
    faults = Faults()
    source = f"flow: test\nlanguages: [{languages}]\nstart: start\nno_keys: person\nnodes:\n  start: {start}\n"
    flow = parse_flow(source + PERSON, "test.yaml", KNOWN, TEXTS, faults)
    assert flow is not None, faults.told
    return flow


def test_a_value_needs_a_language_that_has_its_pieces() -> None:
    say = '{type: play, say: {number: "7"}, to: person}'
    (found,) = findings(flow_of(say))
    assert (found.code, found.is_error, found.node) == (Code.UNSPOKEN_LANGUAGE, True, "start")
    assert "(number), which cannot be spoken in de; languages with values are bg, en, ru" in found.text
    assert findings(flow_of(say, languages="en")) == ()


def test_prompts_without_a_sound_are_told_with_how_to_render_them() -> None:
    flow = flow_of("{type: play, say: hello, to: person}")
    missing = {Prompt(text_id="hello", language="de"), Prompt(text_id="other_flow_s", language="en")}
    (found,) = review(flow, Around(texts=TEXTS, missing=missing))
    assert (found.code, found.is_error) == (Code.NOT_RENDERED, False)
    assert "prompts are not rendered (de/hello); run: ringside prompts render" in found.text


def test_an_article_that_is_shorter_in_one_language_is_told() -> None:
    start = "{type: information, article: news, to: person}"
    (found,) = review(flow_of(start), Around(texts=TEXTS))
    assert (found.code, found.is_error) == (Code.ARTICLE_DIFFERS, False)
    assert "2 in 'en', 1 in 'de'" in found.text
    assert review(flow_of(start, languages="en"), Around(texts=TEXTS)) == ()


def test_a_text_that_no_flow_says_is_told_where_it_stands() -> None:
    texts = Texts(by_language={"en": {"hello": "Hello", "old": "Old", "goodbye": "Bye"}})
    places = [("en", text, f"en.yaml:{line}:1") for line, text in enumerate(texts.by_language["en"], 1)]
    flows = [flow_of("{type: play, say: hello, to: person}")]
    (found,) = unused_texts(flows, texts, places)
    assert (found.code, found.at) == (Code.UNUSED_TEXT, "en.yaml:2:1")
