"""What is shown while prompts are rendered."""

import io

from telephony.speech.progress import ProgressBar


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def watched(seconds_each: float, *, terminal: bool) -> str:
    watch, out = Watch(), io.StringIO()
    show = ProgressBar("rendering prompts", out, terminal=terminal, seconds=watch)
    for done in range(1, 101):
        watch.now += seconds_each
        show(done, 100)
    return out.getvalue()


def test_a_terminal_sees_a_bar_with_count_rate_and_time_left() -> None:
    shown = watched(1.0, terminal=True).split("\r")
    assert shown[50].rstrip() == "rendering prompts [###############...............] 50 of 100, 1.0/s, 50 s left"
    assert shown[1].rstrip().endswith("1 of 100, 1.0/s, 1 min 39 s left")
    assert shown[-1].rstrip() == f"rendering prompts [{'#' * 30}] 100 of 100, 1.0/s, took 1 min 40 s"
    assert shown[-1].endswith("\n")


def test_what_was_longer_before_is_wiped_out() -> None:
    shown = watched(1.0, terminal=True).split("\r")[1:]
    lengths = [len(each.rstrip("\n")) for each in shown]
    assert lengths == sorted(lengths)


def test_a_pipe_gets_a_plain_line_now_and_then() -> None:
    lines = watched(0.2, terminal=False).splitlines()
    assert len(lines) == 4
    assert lines[0] == "rendering prompts 25 of 100, 5.0/s, 15 s left"
    assert not any("\r" in line or "#" in line for line in lines)


def test_a_fast_work_is_not_drawn_for_every_prompt() -> None:
    assert watched(0.001, terminal=True).count("\r") == 1
