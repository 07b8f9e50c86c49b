"""Writes SIPp scenarios: callers who wait, press keys, speak and hang up, and phones that ring and answer or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from pbx import rtp


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay on the line."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press one key. `by_info` sends it as SIP INFO, where SIPp may not send RTP of its own (that needs root)."""

    key: str
    by_info: bool = False


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak without a pause."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class UntilBye:
    """Stay until the other side ends the call; longer than `limit_s` is a failure."""

    limit_s: float = 60.0


Step = Wait | Press | Speak | HangUp | UntilBye


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys in a row, in one capture: SIPp breaks off what it still plays when it is to play the next one."""

    keys: str


_PRESSED_AFTER_S = 3.0

HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
CROSSING_BYE = '  <recv request="BYE" optional="true" next="bye"/>\n'
SDP = """v=0
o=u1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
"""


def caller(
    folder: Path,
    *,
    to: str,
    number: str,
    name: str = "",
    password: str | None = None,
    steps: tuple[Step, ...],
    headers: tuple[str, ...] = (),
    answer_limit_s: float = 20.0,
) -> str:
    """Return a scenario of one caller; the captures that it plays are written into `folder`.

    `number` and `name` go out as they are, so that a test can be a hostile caller; an empty number is a
    caller without one. With a `password` the caller is one of the company's own phones, and `number` its extension.
    `headers` are further lines of the invitation.
    """
    shown = f'"{name}" ' if name else ""
    who = _Caller(
        folder=folder,
        to=to,
        party=f"{shown}<sip:{number}@[local_ip]:[local_port]>" if number else f"{shown}<sip:[local_ip]:[local_port]>",
        headers=headers,
    )
    body = "".join(who.step(position, step) for position, step in enumerate(_captured(steps)))
    rtp.write_silence(folder / "silence.pcap")
    return f"""{HEAD}<scenario name="caller">
{who.invite(number, password)}  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" timeout="{_ms(answer_limit_s)}"/>
{_send(who.request("ACK", 1 if password is None else 2))}{_play(folder / "silence.pcap")}{body}  <nop next="over"/>
  <label id="bye"/>
{_send(_answer(200, "OK"))}  <label id="over"/>
</scenario>
"""


def _captured(steps: tuple[Step, ...]) -> Iterator[Step | _Keys]:
    for by_rtp, row in groupby(steps, lambda step: isinstance(step, Press) and not step.by_info):
        if by_rtp:
            yield _Keys("".join(step.key for step in row if isinstance(step, Press)))
        else:
            yield from row


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    folder: Path
    to: str
    party: str
    headers: tuple[str, ...] = ()

    def request(self, method: str, cseq: int, body: str = "", kind: str = "application/sdp") -> str:
        target = f"sip:{self.to}@[remote_ip]:[remote_port]"
        tag = "" if method == "INVITE" else "[peer_tag_param]"
        return "\n".join((
            f"{method} {target} SIP/2.0",
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
            f"From: {self.party};tag=[pid]c[call_number]",
            f"To: <{target}>{tag}",
            "Call-ID: [call_id]",
            f"CSeq: {cseq} {'INVITE' if method == 'ACK' else method}",
            "Contact: <sip:caller@[local_ip]:[local_port]>",
            "Max-Forwards: 70",
            *(self.headers if method == "INVITE" else ()),
            *((f"Content-Type: {kind}",) if body else ()),
            f"Content-Length: {'[len]' if body else 0}",
            "",
            body,
        ))  # fmt: skip

    def invite(self, number: str, password: str | None) -> str:
        """Return the scenario's beginning; a phone that must prove itself is asked first."""
        if password is None:
            return _send(self.request("INVITE", 1, SDP))
        proof = f"[authentication username={number} password={password}]\nContent-Length:"
        again = self.request("INVITE", 2, SDP).replace("Content-Length:", proof, 1)
        asked = '  <recv response="401" auth="true" timeout="5000"/>\n'
        return _send(self.request("INVITE", 1, SDP)) + asked + _send(self.request("ACK", 1)) + _send(again)

    def step(self, position: int, step: Step | _Keys) -> str:
        """Return the scenario of one step. Every wait listens for BYE: the other side may end the call at any time."""
        match step:
            case Wait(seconds):
                return _listen(seconds, position)
            case Press(key):
                return self._info(position, key)
            case _Keys(keys):
                path = self.folder / f"keys{position}.pcap"
                rtp.write_keys(path, keys, position + 1)
                return _play(path) + _listen(rtp.KEY_S * len(keys), position)
            case Speak(seconds):
                path = self.folder / f"speech{position}.pcap"
                rtp.write_speech(path, seconds)
                return _play(path) + _listen(seconds, position)
            case UntilBye(limit_s):
                return f'  <recv request="BYE" timeout="{_ms(limit_s)}" next="bye"/>\n'
            case HangUp():
                # A BYE that crosses ours must not count as a failure.
                ours = _send(self.request("BYE", 100 + position))
                return f'{ours}{CROSSING_BYE}  <recv response="200" timeout="5000" next="over"/>\n'

    def _info(self, position: int, key: str) -> str:
        info = self.request("INFO", 10 + position, f"Signal={key}\nDuration=160\n", "application/dtmf-relay")
        return (
            _send(info)
            + '  <recv request="BYE" optional="true" next="bye"/>\n  <recv response="200" timeout="5000"/>\n'
            + _listen(0.1, position)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What a phone does with a call: rings `ring_s` and answers, rings on (`answer=False`), or refuses (e.g. 486)."""

    ring_s: float = 0.5
    answer: bool = True
    refuse: int | None = None
    hang_up_after_s: float | None = None
    """None: the other side ends the call."""
    presses: str = ""
    """A key that is pressed some seconds after the answer, for `phone` in a folder; '' for a machine."""


def phone(does: Phone, folder: Path | None = None) -> str:
    """Return a scenario of a phone that is called; what it plays is written into the folder."""
    if does.refuse is not None:
        rest = _send(_answer(does.refuse, "Refused", tag=True)) + '  <recv request="ACK"/>\n  <nop next="over"/>\n'
    else:
        ring = does.ring_s if does.answer else 600.0
        rest = _await("CANCEL", ring, otherwise="answer", then="cancelled") + _talk(does, folder)
    return f"""{HEAD}<scenario name="phone">
  <recv request="INVITE"><action>
    <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
    <ereg regexp="sip:[^&gt;;]*" search_in="hdr" header="Contact:" assign_to="contact"/>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
  </action></recv>
{_send(_answer(180, "Ringing", tag=True))}{rest}  <label id="cancelled"/>
{_send(_answer(200, "OK"))}{_send(_answer(487, "Terminated", tag=True, cseq="[$cseq] INVITE"))}  <recv request="ACK"/>
  <nop next="over"/>
  <label id="bye"/>
{_send(_answer(200, "OK"))}  <label id="over"/>
  <Reference variables="cseq,contact,caller"/>
</scenario>
"""


def registration(extension: str, password: str, *, for_s: int = 300) -> str:
    """Return a scenario that registers a phone at the port SIPp runs at; 0 seconds signs it off."""
    lines = (
        "REGISTER sip:[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        f"From: <sip:{extension}@[remote_ip]:[remote_port]>;tag=[pid]r[call_number]",
        f"To: <sip:{extension}@[remote_ip]:[remote_port]>",
        "Call-ID: [call_id]",
        "CSeq: {cseq} REGISTER",
        f"Contact: <sip:{extension}@[local_ip]:[local_port]>;expires={for_s}",
        "Max-Forwards: 70",
    )
    first = "\n".join((*lines, "Content-Length: 0", "", "")).replace("{cseq}", "1")
    proof = f"[authentication username={extension} password={password}]"
    second = "\n".join((*lines, proof, "Content-Length: 0", "", "")).replace("{cseq}", "2")
    return f"""{HEAD}<scenario name="registration">
{_send(first)}  <recv response="401" auth="true" timeout="5000"/>
{_send(second)}  <recv response="200" timeout="5000"/>
</scenario>
"""


def _talk(does: Phone, folder: Path | None) -> str:
    answered = (
        _send(_answer(200, "OK", body=SDP, tag=True))
        + '  <recv request="ACK"><action>\n'
        + '    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="us"/>\n  </action></recv>\n'
    )
    if does.presses and folder is not None:
        path = folder / "pressed.pcap"
        rtp.write_keys(path, does.presses, 1)
        answered += _await("BYE", _PRESSED_AFTER_S, otherwise="pressed", then="bye") + _play(path)
    if does.hang_up_after_s is None:
        return f'{answered}  <recv request="BYE" timeout="600000" next="bye"/>\n  <Reference variables="us"/>\n'
    bye = "\n".join((
        "BYE [$contact] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From:[$us]",
        "To:[$caller]",
        "Call-ID: [call_id]",
        "CSeq: 1 BYE",
        "Max-Forwards: 70",
        "Content-Length: 0",
        "",
        "",
    ))  # fmt: skip
    stay = _await("BYE", does.hang_up_after_s, otherwise="leave", then="bye")
    return answered + stay + _send(bye) + '  <recv response="200" timeout="5000" next="over"/>\n'


def _answer(code: int, text: str, *, body: str = "", tag: bool = False, cseq: str | None = None) -> str:
    return "\n".join((
        f"SIP/2.0 {code} {text}",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]" + (";tag=[pid]p[call_number]" if tag else ""),
        "[last_Call-ID:]",
        f"CSeq: {cseq}" if cseq else "[last_CSeq:]",
        "Contact: <sip:phone@[local_ip]:[local_port]>",
        *(("Content-Type: application/sdp",) if body else ()),
        f"Content-Length: {'[len]' if body else 0}",
        "",
        body,
    ))  # fmt: skip


def _send(message: str) -> str:
    # SIPp repeats what needs a repeat only when told to; ACK and answers other than 200 to INVITE are not repeated.
    again = ' retrans="500"' if message.startswith(("INVITE", "BYE", "REGISTER", "INFO")) else ""
    return f"  <send{again}><![CDATA[\n{message}\n]]></send>\n"


def _play(path: Path) -> str:
    return f'  <nop><action><exec play_pcap_audio="{escape(str(path))}"/></action></nop>\n'


def _listen(seconds: float, position: int) -> str:
    return _await("BYE", seconds, otherwise=f"go{position}", then="bye")


def _await(request: str, seconds: float, *, otherwise: str, then: str) -> str:
    """Wait for a request; go on right below (label `otherwise`) when it does not come."""
    wait = f'  <recv request="{request}" timeout="{_ms(seconds)}" ontimeout="{otherwise}" next="{then}"/>\n'
    return f'{wait}  <label id="{otherwise}"/>\n'


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
