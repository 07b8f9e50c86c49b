"""Checks that what is said can be said in every language, and heard."""

from collections.abc import Iterable, Set

from telephony.calls.commands import Prompt
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.flow import Flow, Value, texts_of
from telephony.ivr.nodes.information import Information
from telephony.ivr.reading import allowed
from telephony.ivr.spoken.kinds import LANGUAGES
from telephony.ivr.texts import COMMON_TEXTS, Texts

MOST_SHOWN = 3


def unspoken(flow: Flow) -> Iterable[Finding]:
    """Find values that a language of the flow has no pieces for."""
    lacking = [language for language in flow.languages if language not in LANGUAGES]
    for name, node in flow.nodes.items() if lacking else ():
        kinds = sorted({words.kind.value for words in node.says() if isinstance(words, Value)})
        if kinds:
            text = (
                f"node '{name}' speaks values ({allowed(kinds)}), which cannot be spoken in {allowed(lacking)}; "
                f"languages with values are {allowed(LANGUAGES)}; say a text instead, or take the language out"
            )
            yield Finding(code=Code.UNSPOKEN_LANGUAGE, at=node.at, node=name, text=text)


def not_rendered(flow: Flow, missing: Set[Prompt]) -> Iterable[Finding]:
    """Find that callers would not hear some of what the flow says, for it has no sound yet."""
    if not missing:
        return
    said = sorted({*COMMON_TEXTS, *(text for node in flow.nodes.values() for text in texts_of(node))})
    silent = [Prompt(text_id=text, language=language) for language in flow.languages for text in said]
    silent = [prompt for prompt in silent if prompt in missing]
    if silent:
        shown = ", ".join(f"{prompt.language}/{prompt.text_id}" for prompt in silent[:MOST_SHOWN])
        text = (
            f"{len(silent)} of {len(said) * len(flow.languages)} prompts are not rendered ({shown}"
            f"{' ...' if len(silent) > MOST_SHOWN else ''}); run: ringside prompts render"
        )
        yield Finding(code=Code.NOT_RENDERED, at=flow.nodes[flow.start].at, node=flow.start, text=text)


def articles_differ(flow: Flow, texts: Texts) -> Iterable[Finding]:
    """Find articles that are longer in one language than in another."""
    for name, node in flow.nodes.items():
        if not isinstance(node, Information):
            continue
        counts = {language: len(texts.articles(language).get(node.article, ())) for language in flow.languages}
        if len(set(counts.values())) > 1:
            shown = ", ".join(f"{count} in '{language}'" for language, count in counts.items())
            text = f"article '{node.article}' has paragraphs: {shown}; is a translation behind?"
            yield Finding(code=Code.ARTICLE_DIFFERS, at=node.at, node=name, text=text)


def unused_texts(flows: Iterable[Flow], texts: Texts, places: Iterable[tuple[str, str, str]]) -> Iterable[Finding]:
    """Find texts that none of the flows says; `places` has language, text id and `file:line:column` of each text."""
    said = {*COMMON_TEXTS, *(text for flow in flows for node in flow.nodes.values() for text in texts_of(node))}
    for language, text_id, at in places:
        if text_id not in said and text_id in texts.by_language.get(language, {}):
            text = f"no flow says text '{text_id}'; take it out, or say it"
            yield Finding(code=Code.UNUSED_TEXT, at=at, text=text)
