"""What the ledger should tell of each scene of tests/integration/ledger_scenes*.py."""

from dataclasses import dataclass

from telephony.calls.model import CallRecord, Direction, Disposition, Party

CALLER = "+359888123456"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the ledger should tell: seconds after the start, legs as (number, talked), waits as (queue, waited)."""

    direction: Direction = Direction.INBOUND
    caller: str = CALLER
    called: str = "35921001"
    answered_after: float | None = None
    talk: float = 0.0
    ends: Disposition = Disposition.ANSWERED
    by: Party | None = Party.CALLER
    legs: tuple[tuple[str, float], ...] = ()
    waits: tuple[tuple[str, float], ...] = ()


SCENES = {
    "simple": Told(answered_after=0.306, talk=1.003, legs=((CALLER, 1.003), ("101", 1.003))),
    "agent_hangs_up": Told(answered_after=0.004, talk=0.503, by=Party.CALLED, legs=((CALLER, 0.503), ("101", 0.503))),
    "unanswered": Told(
        called="35921002", ends=Disposition.NO_ANSWER, by=Party.SYSTEM, legs=((CALLER, 0), ("101", 0))
    ),
    "busy": Told(ends=Disposition.BUSY, by=Party.CALLED, legs=((CALLER, 0), ("101", 0))),
    "declined": Told(ends=Disposition.BUSY, by=Party.CALLED, legs=((CALLER, 0), ("101", 0))),
    "abandoned": Told(ends=Disposition.ABANDONED, legs=((CALLER, 0), ("101", 0))),
    "ring_all": Told(
        called="35921003", answered_after=0.307, talk=0.804,
        legs=((CALLER, 0.804), ("101", 0), ("102", 0.804), ("103", 0)),
    ),
    "local_group": Told(
        called="35921004", answered_after=0.007, talk=0.805, by=Party.CALLED,
        legs=((CALLER, 0.805), ("101", 0), ("102", 0.805)),
    ),
    "local_kept": Told(called="35921005", answered_after=0.004, talk=0.803, legs=((CALLER, 0.803), ("101", 0.803))),
    # 0.022 s through the Local channels, 0.825 s without them
    "local_optimised": Told(
        called="35921005", answered_after=0.006, talk=0.847, legs=((CALLER, 0.847), ("101", 0.847))
    ),
    "queue_with_retries": Told(
        called="35921006", answered_after=3.510, talk=0.802,
        legs=((CALLER, 0.802), ("101", 0), ("102", 0), ("101", 0), ("102", 0.802)), waits=(("support", 3.009),),
    ),
    "queue_abandoned": Told(
        called="35921006", ends=Disposition.ABANDONED, legs=((CALLER, 0), ("101", 0), ("102", 0)),
        waits=(("support", 0.005),),
    ),
    "queue_timeout": Told(
        called="35921016", ends=Disposition.NO_ANSWER, by=Party.SYSTEM, legs=((CALLER, 0), ("101", 0), ("102", 0)),
        waits=(("support", 3.007),),
    ),
    "queue_of_locals": Told(
        called="35921007", answered_after=3.509, talk=0.800, legs=((CALLER, 0.8), ("101", 0), ("102", 0.8)),
        waits=(("locals", 3.007),),
    ),
    "ivr_only": Told(called="35921008", ends=Disposition.SELF_SERVED, by=Party.SYSTEM, legs=((CALLER, 0),)),
    "ivr_caller_gives_up": Told(called="35921008", ends=Disposition.ABANDONED, legs=((CALLER, 0),)),
    "ivr_then_agent": Told(
        called="35921015", answered_after=1.415, talk=0.802, by=Party.CALLED, legs=((CALLER, 0.802), ("101", 0.802))
    ),
    "agi_then_agent": Told(
        called="35921009", answered_after=0.507, talk=0.801, by=Party.CALLED, legs=((CALLER, 0.801), ("101", 0.801))
    ),
    "agent_ends_then_survey": Told(
        called="35921014", answered_after=0.504, talk=0.501, by=Party.CALLED, legs=((CALLER, 0.501), ("101", 0.501))
    ),
    "voicemail": Told(called="35921010", ends=Disposition.VOICEMAIL, legs=((CALLER, 0),)),
    "recorded_message": Told(called="35921012", ends=Disposition.VOICEMAIL, by=Party.SYSTEM, legs=((CALLER, 0),)),
    "second_agent_after_the_first": Told(
        called="35921013", answered_after=2.008, talk=0.504, legs=((CALLER, 0.504), ("101", 0), ("102", 0.504))
    ),
    "outgoing": Told(
        direction=Direction.OUTBOUND, caller="101", called="0888123456", answered_after=0.307, talk=0.803,
        by=Party.CALLED, legs=(("101", 0.803), ("0888123456", 0.803)),
    ),
    "outgoing_unanswered": Told(
        direction=Direction.OUTBOUND, caller="101", called="0888123456", ends=Disposition.NO_ANSWER,
        legs=(("101", 0), ("0888123456", 0)),
    ),
    "internal": Told(
        direction=Direction.INTERNAL, caller="101", called="102", answered_after=0.003, talk=0.502,
        legs=(("101", 0.502), ("102", 0.502)),
    ),
    "click_to_call": Told(
        direction=Direction.OUTBOUND, caller="101", called="0888123456", answered_after=0.608, talk=0.801,
        by=Party.CALLED, legs=(("101", 0.801), ("0888123456", 0.801)),
    ),
    # CEL does not tell the number of a channel that Asterisk itself calls first
    "callback_customer_first": Told(
        direction=Direction.OUTBOUND, caller="+35921000", called="", answered_after=0.609, talk=0.802,
        legs=(("", 0.802), ("101", 0.802)),
    ),
    "callback_unanswered": Told(
        direction=Direction.OUTBOUND, caller="+35921000", called="", ends=Disposition.NO_ANSWER, by=Party.SYSTEM,
        legs=(("", 0),),
    ),
    "blind_transfer": Told(
        answered_after=0.003, talk=1.205, legs=((CALLER, 1.205), ("101", 0.503), ("102", 0.701))
    ),
    # the first agent has two legs: the talk with the customer and the question to the colleague
    "attended_transfer": Told(
        answered_after=0.003, talk=2.015, legs=((CALLER, 2.015), ("101", 1.011), ("101", 0.502), ("102", 1.506))
    ),
    "semi_attended_transfer": Told(
        answered_after=0.005, talk=1.208, legs=((CALLER, 1.208), ("101", 0.507), ("101", 0), ("102", 0.701))
    ),
    "attended_by_caller": Told(
        direction=Direction.OUTBOUND, caller="101", called="0888123456", answered_after=0.004, talk=1.713,
        by=Party.CALLED, legs=(("101", 0.91), ("0888123456", 1.713), ("101", 0.404), ("102", 1.206)),
    ),
    "two_merged": Told(
        answered_after=0.005, talk=1.212,
        legs=((CALLER, 1.212), ("101", 0.609), ("+359899000111", 0.906), ("101", 0.304)),
    ),
    "forwarded": Told(answered_after=0.010, talk=0.602, legs=((CALLER, 0.602), ("101", 0), ("102", 0.602))),
    "picked_up": Told(answered_after=0.808, talk=0.602, legs=((CALLER, 0.602), ("101", 0), ("102", 0.602))),
    # waiting in the parking lot is not talk
    "parked": Told(
        answered_after=0.003, talk=0.506, by=Party.CALLED, legs=((CALLER, 0.506), ("101", 0.405), ("102", 0.101))
    ),
    "redirected": Told(answered_after=0.004, talk=0.903, legs=((CALLER, 0.903), ("101", 0.402), ("102", 0.501))),
    "agent_redirected": Told(
        answered_after=0.008, talk=0.901, by=Party.CALLED, legs=((CALLER, 0.401), ("101", 0.901), ("102", 0.5))
    ),
}  # fmt: skip


def tell(record: CallRecord) -> Told:
    answered = record.answered_at
    return Told(
        direction=record.direction,
        caller=record.caller,
        called=record.called,
        answered_after=None if answered is None else (answered - record.started_at).total_seconds(),
        talk=record.talk_s,
        ends=record.disposition,
        by=record.hung_up_by,
        legs=tuple((leg.number, leg.talk_s) for leg in record.legs),
        waits=tuple((wait.queue, wait.wait_s) for wait in record.waits),
    )
