"""`ringside simulate`: a flow played in the terminal."""

import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.company import Ringside, company_in

Out = pytest.CaptureFixture[str]
NOON = ("--at", "2026-03-02T12:00")


@pytest.fixture
def ringside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ringside:
    return company_in(tmp_path, monkeypatch)


class Terminal(io.StringIO):
    """Plays a person at a terminal."""

    def isatty(self) -> bool:
        return True


def told(capsys: Out) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)


def test_what_is_heard_pressed_and_done_is_told_with_its_time(ringside: Ringside, capsys: Out) -> None:
    assert ringside("simulate", "main", *NOON, "--keys", ",1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == " 0:00    at hours: chose hello (open)"
    assert " 0:00  hears: [en] Welcome." in lines
    assert any(line.endswith("presses: nothing") for line in lines)
    assert lines[-2].endswith("ends: in queue sales")
    assert lines[-1].endswith("outcome: none named; milestones: greeted")


def test_json_has_the_path_the_milestones_and_the_end(ringside: Ringside, capsys: Out) -> None:
    answer = '{"price": 12.5}'
    assert ringside("simulate", "main", *NOON, "--keys", "2", "--lookup", f"prices={answer}", "--json") == 0
    found = told(capsys)
    assert found["path"] == ["hours", "hello", "tier", "ask", "look", "told", "bye"]
    assert found["milestones"] == ["greeted"]
    assert found["outcomes"] == ["contained"]
    assert found["ends"] == ["with outcome contained", "hung up"]
    assert any(line.startswith("hears: [en] twelve euros") for line in found["transcript"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "end"),
    [
        (("--keys", "1,agent"), "hung up"),
        (("--keys", "1,nobody"), "hung up"),
        (("--keys", "1", "--nobody"), "hung up"),
        (("--keys", "9,hangup"), "abandoned"),
        (("--keys", "3,hangup"), "abandoned"),
        (("--keys", "2", "--lookup", "prices=slow"), "in queue sales"),
        (("--keys", "2", "--lookup", "prices=fail"), "in queue sales"),
        (("--keys", "2", "--lookup", "prices=not_found"), "in queue sales"),
        (("--keys", "2"), "in queue sales"),
        (("--keys", "", "--fact", "tier=vip"), "in queue sales"),
        (("--keys", "", "--closed", "office", "--message", "9"), "hung up"),
        (("--keys", "", "--emergency", "office"), "hung up"),
        (("--keys", "1", "--queue", "sales=waiting:3,ready:0"), "in queue sales"),
        (("--keys", "1", "--called", "100", "--from", "+359888100001"), "in queue sales"),
    ],
)  # fmt: skip
def test_what_is_given_decides_where_a_call_ends(
    ringside: Ringside, capsys: Out, arguments: tuple[str, ...], end: str
) -> None:
    assert ringside("simulate", "main", *NOON, *arguments, "--json") == 0
    assert end in told(capsys)["ends"]  # type: ignore[operator]


def test_the_companys_hours_hold_at_the_time_given(ringside: Ringside, capsys: Out) -> None:
    assert ringside("simulate", "main", "--at", "2026-03-02T22:00", "--keys", "", "--json") == 0
    assert "hears: a tone" in told(capsys)["transcript"]  # type: ignore[operator]


def test_a_customer_of_the_company_calls(ringside: Ringside, capsys: Out) -> None:
    assert ringside("db", "upgrade") == 0
    assert ringside("demo", "load") == 0
    capsys.readouterr()
    assert ringside("simulate", "main", *NOON, "--keys", "", "--customer", "c-1001", "--json") == 0
    assert "in queue sales" in told(capsys)["ends"]  # type: ignore[operator]
    assert ringside("simulate", "main", "--customer", "c-9999") == 2
    assert "there is no customer c-9999" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("mian",), "no such flow: mian (did you mean 'main'?)"),
        (("main", "--at", "noon"), "--at must be a date and time such as"),
        (("main", "--lang", "fr"), "--lang fr: the flow speaks en"),
        (("main", "--from", "abc"), "--from must be a telephone number"),
        (("main", "--fact", "tier"), "--fact must be written as tier=vip"),
        (("main", "--closed", "ofice"), "no calendar ofice (did you mean 'office'?)"),
        (("main", "--queue", "sale=waiting:1"), "no queue sale (did you mean 'sales'?)"),
        (("main", "--queue", "sales=3"), "--queue must be written as"),
        (("main", "--lookup", "price=fail"), "the flow asks no source price (did you mean 'prices'?)"),
        (("main", "--lookup", "prices=maybe"), "must be fail, slow, not_found or JSON"),
        (("main", "--lookup", 'prices={"a": [1]}'), "must be fail, slow, not_found or JSON"),
        (("main", "--write", "x.walks.yaml"), "--write goes with --cover"),
        (("main", "--cover", "--write", "x.yaml"), "must end in .walks.yaml"),
        (("main", "--walk", "nowhere.walks.yaml"), "there is no file nowhere.walks.yaml"),
    ],
)
def test_misuse_ends_with_2_and_tells_what_is_allowed(
    ringside: Ringside, capsys: Out, arguments: tuple[str, ...], fault: str
) -> None:
    assert ringside("simulate", *arguments) == 2
    assert fault in capsys.readouterr().err


def test_a_walk_file_is_run(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    file = tmp_path / "flows" / "main.walks.yaml"
    assert ringside("simulate", "main", "--walk", str(file)) == 0
    assert "2 walks, 0 of them not as written" in capsys.readouterr().out
    file.write_text(file.read_text().replace("queue sales", "queue sales]\n  - name: b\n    steps: [at bye"))
    assert ringside("simulate", "main", "--walk", str(file)) == 1
    out = capsys.readouterr().out
    assert "main.walks.yaml:7:13: walk 'b': expected 'at bye', but the call waits for keys at ask" in out
    assert "hears: [en] Welcome." in out
    assert ringside("simulate", "main", "--walk", str(file), "--json") == 1
    assert [walk["ok"] for walk in told(capsys)["walks"]] == [True, False, True]  # type: ignore[attr-defined]


def test_a_walk_file_with_faults_is_told_like_a_flows(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    file = tmp_path / "bad.walks.yaml"
    file.write_text("flow: main\nwalks:\n  - name: a\n    steps: [presses a]\n")
    assert ringside("simulate", "main", "--walk", str(file)) == 1
    assert "bad.walks.yaml:4:13: walk 'a': 'presses a' is no step" in capsys.readouterr().err


def test_walks_are_proposed_and_written(ringside: Ringside, capsys: Out, tmp_path: Path) -> None:
    file = tmp_path / "made.walks.yaml"
    assert ringside("simulate", "main", "--cover", "--write", str(file)) == 0
    assert "take 17 of 17 ways of flow main." in capsys.readouterr().out
    assert ringside("simulate", "main", "--walk", str(file)) == 0
    capsys.readouterr()
    assert ringside("simulate", "main", "--cover", "--json") == 0
    assert told(capsys)["missed"] == []


def test_a_person_plays_the_tree_in_the_terminal(
    ringside: Ringside, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("x\n2\nnonsense\n\nn\n\n"))
    assert ringside("simulate", "main", *NOON) == 0
    out = capsys.readouterr().out
    assert "keys are 0 to 9, * and #" in out
    assert "must be fail, slow, not_found or JSON" in out
    assert "looks up: prices, no answer" in out
    assert "waits: in queue sales, nobody there" in out
    assert "speaks: 4 s" in out
    assert out.rstrip().endswith("ends: hung up")


def test_the_end_of_the_terminal_hangs_up(ringside: Ringside, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert ringside("simulate", "main", *NOON) == 0
    assert "ends: abandoned" in capsys.readouterr().out
