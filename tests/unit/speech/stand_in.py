"""A stand-in for the program Piper: its command line, its files, its complaints; it hums in the place of speaking."""

import sys
from pathlib import Path

PROGRAM = """#!{python}
import argparse, json, math, struct, sys, time, wave
from pathlib import Path

asked = argparse.ArgumentParser()
asked.add_argument("-m", "--model", required=True)
asked.add_argument("-d", "--output-dir", "--output_dir", required=True)
asked.add_argument("-s", "--speaker", type=int)
asked.add_argument("--length-scale", "--length_scale", type=float, default=1.0)
asked.add_argument("--sentence-silence", "--sentence_silence", type=float, default=0.0)
asked = asked.parse_args()
json.loads(Path(asked.model + ".json").read_text())
with (Path(__file__).parent / "runs").open("a") as runs:
    runs.write(" ".join(sys.argv[1:]) + "\\n")
for line in sys.stdin:
    if not line.strip():
        continue
    path = Path(asked.output_dir) / f"{{time.monotonic_ns()}}.wav"
    sound = wave.open(str(path), "wb")
    if not any(letter.isalnum() for letter in line):
        sound.close()  # as the real one: it has nothing to write, and dies
    frames = int(22050 * 0.05 * len(line.strip()) * asked.length_scale)
    sound.setparams((1, 2, 22050, 0, "NONE", ""))
    sound.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(each / 9))) for each in range(frames)))
    sound.close()
    print("INFO:__main__:Wrote", path, file=sys.stderr)
"""


def install(folder: Path) -> Path:
    """Write the program, and return its path; it notes its runs in `runs` beside it."""
    program = folder / "piper"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    return program


def voice(folder: Path, name: str = "en_XX-hum-low", *, content: bytes = b"a model", speakers: int = 1) -> Path:
    """Write the two files of a voice, and return the model's."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"{name}.onnx"
    model.write_bytes(content)
    about = f'{{"num_speakers": {speakers}, "inference": {{"length_scale": 1.2}}}}'
    model.with_name(f"{model.name}.json").write_text(about)
    return model
