"""Nothing is lost: the CEL file is read on from where reading stopped, whatever happened to it."""

import gzip
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from telephony.carriers.asterisk.celfile import CelChunk, derive_file, end_of_cel_file, read_new_rows
from telephony.errors import RingsideError

CAPTURED = Path(__file__).parents[3] / "captured" / "cel"


def line(n: int, name: str = "Ann") -> str:
    channel, at = f"PJSIP/101-{n}", f"{1_700_000_000 + n}.5"
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


def rotate(path: Path, to: str, *, compress: bool = False) -> None:
    """Rename the file as logrotate does; its time does not tell the order, as after a restored backup."""
    rotated = path.rename(path.with_name(to))
    if compress:
        rotated.with_name(f"{to}.gz").write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
        rotated = rotated.with_name(f"{to}.gz")
    os.utime(rotated, (0, 0))


def all_after(path: Path, position: str, *, limit_bytes: int = 1 << 20) -> tuple[list[str], bool, str]:
    """Return the rows of everything that can be read on, whether something was lost, and the position reached."""
    found, lost, more = [], False, True
    while more:
        chunk = read_new_rows(path, position, limit_bytes=limit_bytes)
        position, more = chunk.position, chunk.more
        found += seen(chunk)
        lost |= chunk.lost
    return found, lost, position


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


def test_a_file_that_is_still_to_come_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    position = end_of_cel_file(path)
    assert all_after(path, position) == ([], False, position)
    path.write_text(line(1) + line(2))
    assert all_after(path, position)[:2] == (["1.1", "2.1"], False)


def test_a_file_that_was_still_to_come_may_be_rotated_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    position = end_of_cel_file(path)
    path.write_text(line(1))
    rotate(path, "Master.csv.2")
    path.write_text(line(2))
    rotate(path, "Master.csv.1")
    path.write_text(line(3))
    assert all_after(path, position)[:2] == (["1.1", "2.1", "3.1"], False)


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("compress", [False, True])
def test_where_the_new_file_is_still_to_come_what_was_rotated_away_is_not_read_again(
    file: Path, empty: bool, compress: bool
) -> None:
    rotate(file, "Master.csv.1", compress=compress)
    if empty:
        file.touch()
    position = end_of_cel_file(file)
    assert all_after(file, position) == ([], False, position)
    append(file, line(3))
    assert all_after(file, position)[:2] == (["3.1"], False)


def test_an_empty_file_that_is_copied_and_truncated_later_is_read_in_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.touch()
    position = end_of_cel_file(path)
    append(path, line(1))
    shutil.copy(path, path.with_name("Master.csv.1"))
    path.write_text(line(2))
    assert all_after(path, position)[:2] == (["1.1", "2.1"], False)


NAMES = {
    "numbers": ["Master.csv.10", "Master.csv.9", "Master.csv.1"],
    "dates": ["Master.csv-20251231", "Master.csv-20260101", "Master.csv-20260102"],
    "days first": ["Master.csv-31122025", "Master.csv-01012026", "Master.csv-02012026"],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=list(NAMES))
@pytest.mark.parametrize("compress", [False, True])
def test_files_that_were_rotated_meanwhile_are_read_in_the_order_they_were_written(
    file: Path, names: list[str], compress: bool
) -> None:
    position = read_new_rows(file, None).position
    for n, name in enumerate(names, start=3):
        append(file, line(n))
        rotate(file, name, compress=compress)
    append(file, line(6))
    assert all_after(file, position)[:2] == (["3.1", "4.1", "5.1", "6.1"], False)


def test_what_was_rotated_away_before_is_not_read(file: Path) -> None:
    rotate(file, "Master.csv.3")
    file.write_text(line(3))
    position = end_of_cel_file(file)
    append(file, line(4))
    rotate(file, "Master.csv.2")
    file.write_text(line(5))
    rotate(file, "Master.csv.1")
    file.write_text(line(6))
    assert all_after(file, position)[:2] == (["4.1", "5.1", "6.1"], False)


def test_when_the_file_that_was_being_read_is_gone_those_after_it_are_read(file: Path) -> None:
    position = read_new_rows(file, None).position
    file.write_text(line(4))
    rotate(file, "Master.csv.1")
    file.write_text(line(5))
    assert all_after(file, position)[:2] == (["4.1", "5.1"], True)


def test_when_all_files_are_gone_it_is_told_once_and_the_next_one_is_read(file: Path) -> None:
    position = read_new_rows(file, None).position
    file.unlink()
    found, lost, position = all_after(file, position)
    assert (found, lost) == ([], True)
    assert all_after(file, position) == ([], False, position)
    file.write_text(line(3))
    assert all_after(file, position)[:2] == (["3.1"], False)


def test_a_file_that_is_just_being_compressed_is_read_once(file: Path) -> None:
    position = read_new_rows(file, None).position
    append(file, line(3))
    rotate(file, "Master.csv.1")
    whole = gzip.compress(file.with_name("Master.csv.1").read_bytes())
    file.with_name("Master.csv.1.gz").write_bytes(whole[:15])
    file.write_text(line(4))
    found, lost, position = all_after(file, position)
    assert (found, lost) == (["3.1", "4.1"], False)
    file.with_name("Master.csv.1").unlink()
    file.with_name("Master.csv.1.gz").write_bytes(whole)
    assert all_after(file, position)[:2] == ([], False)


def test_a_compressed_file_that_is_broken_is_named(file: Path) -> None:
    position = read_new_rows(file, None).position
    append(file, "".join(line(n, name=os.urandom(400).hex()) for n in range(10, 99)))
    rotate(file, "Master.csv.1", compress=True)
    packed = file.with_name("Master.csv.1.gz")
    packed.write_bytes(packed.read_bytes()[:-2000] + (1 << 20).to_bytes(4, "little"))
    file.write_text(line(4))
    with pytest.raises(RingsideError, match=r"Master\.csv\.1\.gz: .*cannot be read"):
        all_after(file, position)


def test_a_row_that_was_torn_in_a_rotated_file_does_not_stop_the_reading(file: Path) -> None:
    position = read_new_rows(file, None).position
    append(file, line(3)[:40])
    rotate(file, "Master.csv.1")
    file.write_text(line(4))
    assert all_after(file, position)[:2] == (["4.1"], False)


def test_other_files_beside_it_are_left_alone(file: Path) -> None:
    position = read_new_rows(file, None).position
    rotate(file, "Master.csv.1")
    file.with_name("Master.csv.2.xz").write_bytes(b"\xfd7zXZ\n" + os.urandom(200))
    file.with_name("Master.csv.3.gz").write_bytes(b"no gzip")
    file.with_name("Master.csv.4.gz").touch()
    file.with_name("Master.csv.d").mkdir()
    file.write_text(line(3))
    assert all_after(file, position)[:2] == (["3.1"], False)


def test_nothing_is_lost_where_files_are_rotated_while_they_are_read(file: Path) -> None:
    position = read_new_rows(file, None).position
    written = [f"{n}.1" for n in range(3, 1000)]

    def write() -> None:
        for n in range(3, 1000):
            append(file, line(n))
            if n % 50 == 0:
                for old in range(20, 0, -1):
                    if (kept := file.with_name(f"Master.csv.{old}")).exists():
                        kept.rename(file.with_name(f"Master.csv.{old + 1}"))
                file.rename(file.with_name("Master.csv.1"))

    writer = threading.Thread(target=write)
    writer.start()
    found: list[str] = []
    over = False
    while not over:
        over = not writer.is_alive()
        rows, lost, position = all_after(file, position, limit_bytes=1000)
        found += rows
        assert not lost
    assert found == written


def test_a_missing_file_says_what_to_mend(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "Master.csv", tmp_path / "none" / "there" / "Master.csv"):
        with pytest.raises(RingsideError, match="no such CEL file; is cel_custom loaded"):
            read_new_rows(path, None)
        with pytest.raises(RingsideError, match="does the folder exist"):
            end_of_cel_file(path)
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
