"""Nothing is lost: the CEL file is read on from where reading stopped, whatever happened to it."""

import json
import shutil
from pathlib import Path

import pytest

from telephony.carriers.asterisk.celfile import CelChunk, derive_file, end_of_cel_file, read_new_rows
from telephony.errors import RingsideError

CAPTURED = Path(__file__).parents[3] / "captured" / "cel"


def line(n: int, name: str = "Ann") -> str:
    channel, at = f"PJSIP/101-{n}", f"17000000{n:02}.5"
    fields = ["ANSWER", at, name, *[""] * 5, channel, "", "", f"{n}.1", f"{n}.1", "", "", ""]
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text(line(1) + line(2))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as stream:
        stream.write(text)


def seen(chunk: CelChunk) -> list[str]:
    return [row.uniqueid for row in chunk.rows]


def test_reading_goes_on_where_it_stopped(file: Path) -> None:
    first = read_new_rows(file, None)
    append(file, line(3))
    second = read_new_rows(file, first.position)
    third = read_new_rows(file, second.position)
    assert [seen(first), seen(second), seen(third)] == [["1.1", "2.1"], ["3.1"], []]
    assert [first.more, second.more, third.more] == [False, False, False]


def test_a_half_written_row_is_left_for_the_next_time(file: Path) -> None:
    append(file, line(3)[:40])
    first = read_new_rows(file, None)
    append(file, line(3)[40:])
    second = read_new_rows(file, first.position)
    assert [seen(first), seen(second)] == [["1.1", "2.1"], ["3.1"]]
    assert first.bad == second.bad == ()


def test_a_row_with_a_line_end_in_a_name_is_not_torn(file: Path) -> None:
    whole = line(3, name="Ann\nLee")
    append(file, whole[: whole.index("\n") + 1])
    first = read_new_rows(file, None)
    append(file, whole[whole.index("\n") + 1 :])
    second = read_new_rows(file, first.position)
    assert [seen(first), seen(second)] == [["1.1", "2.1"], ["3.1"]]
    assert second.rows[0].cid_name == "Ann\nLee"


def test_a_long_file_comes_in_pieces(file: Path) -> None:
    file.write_text("".join(line(n) for n in range(10, 60)))
    position: str | None = None
    found: list[str] = []
    pieces = 0
    while True:
        chunk = read_new_rows(file, position, limit_bytes=600)
        position, pieces = chunk.position, pieces + 1
        found += seen(chunk)
        if not chunk.more:
            break
    assert found == [f"{n}.1" for n in range(10, 60)]
    assert pieces > 5


def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(file: Path) -> None:
    position = read_new_rows(file, None).position
    append(file, line(3))
    file.rename(file.with_name("Master.csv.1"))
    file.write_text(line(4))
    old = read_new_rows(file, position)
    new = read_new_rows(file, old.position)
    assert (seen(old), old.more, old.lost) == (["3.1"], True, False)
    assert (seen(new), new.more, new.lost) == (["4.1"], False, False)


def test_a_copied_and_truncated_file_is_read_on_in_the_copy(file: Path) -> None:
    position = read_new_rows(file, None).position
    append(file, line(3))
    shutil.copy(file, file.with_name("Master.csv.1"))
    file.write_text(line(4))
    old = read_new_rows(file, position)
    new = read_new_rows(file, old.position)
    assert (seen(old), seen(new)) == (["3.1"], ["4.1"])


def test_a_truncated_file_that_grew_again_is_read_from_its_beginning(file: Path) -> None:
    position = read_new_rows(file, None).position
    file.write_text(line(5) + line(6) + line(7))
    chunk = read_new_rows(file, position)
    assert seen(chunk) == ["5.1", "6.1", "7.1"]
    assert chunk.lost


def test_reading_may_begin_at_the_end(file: Path) -> None:
    position = end_of_cel_file(file)
    append(file, line(3))
    assert seen(read_new_rows(file, position)) == ["3.1"]


def test_a_position_that_is_rubbish_begins_anew(file: Path) -> None:
    for rubbish in ("", "[]", "{", json.dumps({"inode": "x"})):
        assert seen(read_new_rows(file, rubbish)) == ["1.1", "2.1"]


def test_an_empty_file_is_followed_too(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.touch()
    first = read_new_rows(path, None)
    append(path, line(1))
    assert seen(first) == []
    assert seen(read_new_rows(path, first.position)) == ["1.1"]


def test_a_missing_file_says_what_to_mend(tmp_path: Path) -> None:
    with pytest.raises(RingsideError, match="no such CEL file; is cel_custom loaded"):
        read_new_rows(tmp_path / "Master.csv", None)
    with pytest.raises(RingsideError, match="no such CEL file"):
        list(derive_file(tmp_path / "Master.csv"))


def test_a_folder_is_no_cel_file(tmp_path: Path) -> None:
    with pytest.raises(RingsideError, match="cannot be read"):
        list(derive_file(tmp_path))


def test_a_bad_row_does_not_stop_the_reading(file: Path) -> None:
    append(file, "rubbish\n" + line(3))
    chunk = read_new_rows(file, None)
    assert seen(chunk) == ["1.1", "2.1", "3.1"]
    assert [bad.line for bad in chunk.bad] == [3]


def test_a_whole_file_gives_its_calls() -> None:
    [record] = derive_file(CAPTURED / "attended_transfer.csv")
    assert len(record.legs) == 4
