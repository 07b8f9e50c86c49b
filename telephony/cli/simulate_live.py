"""A person plays a flow in the terminal, key by key."""

import sys

from telephony.cli.output import OK, say
from telephony.cli.simulate_given import MisuseError, lookup_answer
from telephony.ivr.position import Answered, LookUp
from telephony.ivr.walks.acts import Act, Answers, Checks, HangsUp, Misses, Presses, Promises, Silent, Speaks, Waits
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.told import Line
from telephony.ivr.walks.transcript import CallerOnPaper, standing

_ASKED = {
    Waits.KEYS: "keys, Enter says nothing, h hangs up",
    Waits.MESSAGE: "seconds of speech (Enter: 4), h hangs up",
    Waits.PEOPLE: "a answered, n nobody, h hangs up, Enter stops here",
    Waits.LOOKUP: 'JSON such as {"status": "sent"}, fail, slow or not_found (Enter: slow), h hangs up',
    Waits.PIN: "r right (Enter), w wrong, f no answer, h hangs up",
    Waits.PROMISE: "Enter: written down, f fails, h hangs up",
}


def play_live(call: PaperCall, caller: CallerOnPaper) -> int:
    """Ask for what happens next until the call is over; what the command line says already is not asked."""
    told = _tell(call, 0)
    while call.waits is not Waits.NOTHING:
        act = _said_before(call, caller) or _ask(call)
        if act is None:
            break
        call.do(act)
        told = _tell(call, told)
    call.stay()
    _tell(call, told)
    return OK


def _said_before(call: PaperCall, caller: CallerOnPaper) -> Act | None:
    if call.waits is Waits.PEOPLE and caller.nobody_answers:
        return Misses()
    if call.waits is Waits.LOOKUP and isinstance(call.now.task, LookUp) and call.now.task.source in caller.lookups:
        return standing(call, caller)
    return standing(call, caller) if call.waits is Waits.PIN and caller.pin is not Answered.FOUND else None


def _tell(call: PaperCall, told: int) -> int:
    for line in call.lines[told:]:
        say(_with_time(line))
    return len(call.lines)


def _with_time(line: Line) -> str:
    minutes, rest = divmod(int(line.at_s), 60)
    return f"{minutes:2}:{rest:02}  {line}"


def _ask(call: PaperCall) -> Act | None:
    """Return what the person at the terminal wants; None to stop."""
    while True:
        sys.stdout.write(f"       ({_ASKED[call.waits]}) > ")
        sys.stdout.flush()
        written = sys.stdin.readline()
        word = written.strip()
        if not written or word in ("h", "hangup"):
            return HangsUp()
        try:
            return _act(call, word)
        except MisuseError as error:
            say(f"       {error}")


def _act(call: PaperCall, word: str) -> Act | None:
    match call.waits:
        case Waits.KEYS:
            if word.strip("0123456789*#"):
                raise MisuseError("keys are 0 to 9, * and #")
            return Presses(digits=word) if word else Silent()
        case Waits.MESSAGE:
            return Speaks(seconds=_seconds(word))
        case Waits.PEOPLE:
            return _among(word, {"a": Answers(), "n": Misses(), "": None})
        case Waits.LOOKUP:
            source = call.now.task.source if isinstance(call.now.task, LookUp) else ""
            return lookup_answer(source, word or "slow")
        case Waits.PIN:
            right = Checks(outcome=Answered.FOUND)
            wrong, failed = Checks(outcome=Answered.NOT_FOUND), Checks(outcome=Answered.FAILED)
            return _among(word, {"": right, "r": right, "w": wrong, "f": failed})
        case _:
            return _among(word, {"": Promises(), "f": Promises(kept=False)})


def _among(word: str, acts: dict[str, Act | None]) -> Act | None:
    if word not in acts:
        raise MisuseError(f"'{word[:20]}' is none of these")
    return acts[word]


def _seconds(word: str) -> float:
    try:
        seconds = float(word or "4")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 600:
        raise MisuseError("seconds are a number up to 600")
    return seconds
