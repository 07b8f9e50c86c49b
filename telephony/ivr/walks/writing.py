"""Writes walks as `*.walks.yaml` has them."""

import json
import re
from collections.abc import Sequence

from telephony.ivr.facts import CustomerFacts, QueueFacts
from telephony.ivr.walks.file import STATES, plain_value
from telephony.ivr.walks.scene import NOON, Scene
from telephony.ivr.walks.script import Walk, WalkStep
from telephony.ivr.walks.words import words_of


def write_walks(flow: str, walks: Sequence[Walk], *, about: Sequence[str] = ()) -> str:
    """Return a file of walks; `about` are lines for its head."""
    lines = [*(f"# {line}" for line in about), f"flow: {flow}", "walks:"]
    for walk in walks:
        lines.append(f"  - name: {_quoted(walk.name)}")
        given = given_of(walk.scene)
        if given:
            lines.append(f"    given: {given}")
        lines.append("    steps:")
        lines += [f"      - {_step(step)}" for step in walk.steps]
    return "\n".join(lines) + "\n"


def given_of(scene: Scene) -> str:
    """Return what is given as walks are written, in one line; '' when nothing needs to be said."""
    parts: list[str] = []
    if not scene.caller:
        parts.append("withheld: true")
    elif scene.caller != Scene().caller:
        parts.append(f'from: "{scene.caller}"')
    if scene.called:
        parts.append(f"called: {_quoted(scene.called)}")
    if scene.at is not None and scene.at != NOON:
        parts.append(f'at: "{scene.at.replace(tzinfo=None).isoformat(timespec="minutes")}"')
    if scene.customer is not None:
        parts += _customer_parts(scene.customer) or ["known: true"]
    if scene.identified is not None:
        parts.append(f"identified: {{{', '.join(_customer_parts(scene.identified))}}}")
    for key, state in STATES.items():
        named = sorted(name for name, each in scene.calendars.items() if each is state)
        if named:
            parts.append(f"{key}: [{', '.join(named)}]")
    if scene.queues:
        parts.append(f"queues: {{{', '.join(_queue(name, state) for name, state in sorted(scene.queues.items()))}}}")
    return f"{{{', '.join(parts)}}}" if parts else ""


def _customer_parts(customer: CustomerFacts) -> list[str]:
    parts = []
    if customer.language:
        parts.append(f"language: {_quoted(customer.language)}")
    if customer.name:
        parts.append(f"name: {_quoted(customer.name)}")
    if customer.personal_agent:
        parts.append(f"personal_agent: {_quoted(customer.personal_agent)}")
    if customer.facts:
        facts = (f"{_quoted(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in customer.facts.items())
        parts.append(f"facts: {{{', '.join(facts)}}}")
    return parts


def _queue(name: str, state: QueueFacts) -> str:
    said = [f"waiting: {state.waiting}", f"ready: {state.agents_ready}"]
    if state.agents_present != state.agents_ready:
        said.append(f"present: {state.agents_present}")
    if state.longest_wait_s:
        said.append(f"longest_wait_s: {state.longest_wait_s:g}")
    return f"{name}: {{{', '.join(said)}}}"


def _step(step: WalkStep) -> str:
    words = words_of(step)
    if words.startswith("looks up"):
        return words
    return _quoted(words)


def _quoted(words: str) -> str:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ /.'+-]*", words) and plain_value(words) == words:
        return words
    return json.dumps(words, ensure_ascii=False)
