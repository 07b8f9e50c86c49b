from pathlib import Path

import pytest

from telephony.errors import SettingsError
from telephony.settings import Configuration, Settings, load_settings
from telephony.settings.describe import sections

PROJECT = Path(__file__).resolve().parents[3]


def written(folder: Path, text: str) -> Path:
    file = folder / "config" / "ringside.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def faults(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(folder, text), environment)
    return [fault.replace(str(folder), "") for fault in refused.value.faults]


def loaded(folder: Path, text: str = "", **environment: str) -> Configuration:
    return load_settings(written(folder, text), environment)


def test_built_in_defaults_hold_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = load_settings(environment={})
    assert made.file is None
    assert made.settings.carriers.asterisk.port == 5038
    assert made.database_url == f"sqlite:///{tmp_path}/.ringside/ringside.db"


def test_the_projects_own_file_can_be_used() -> None:
    made = load_settings(PROJECT / "config/ringside.toml", {})
    assert made.base == PROJECT
    assert made.settings.ivr.numbers == {"+35921234567": "main"}


def test_a_fault_tells_file_key_what_is_allowed_and_what_is(tmp_path: Path) -> None:
    assert faults(tmp_path, "[carriers.asterisk]\nlogin_limit_s = 0") == [
        "/config/ringside.toml: carriers.asterisk.login_limit_s: must be 1 to 60, is 0"
    ]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        '[company]\nname = 3\ntimezone = "Mars/Olympus"\nregion = "XX"\n'
        '[server]\nlisten_port = "8080"\n[log]\nlevel = "loud"\n'
        '[carriers.asterisk]\nagi_allow = ["300.1.1.1"]\n[queues.Sales]\n[speech.voices]\nen = 1\n',
        RINGSIDE_DATABASE_URL="mysql://secret@host/name",
    )
    told = "\n".join(fault.removeprefix("/config/ringside.toml: ") for fault in found)
    assert 'company.name: must be text in quotes ("…"), is 3' in told
    assert "company.timezone: must be a time zone such as Europe/Sofia, is 'Mars/Olympus'" in told
    assert "company.region: must be a country" in told
    assert "server.listen_port: must be a whole number, is '8080'" in told
    assert "log.level: must be 'debug', 'info', 'warning' or 'error', is 'loud'" in told
    assert "carriers.asterisk.agi_allow.0: must be an address or a network" in told
    assert "queues.Sales: must be a name of small letters" in told
    assert "environment: RINGSIDE_DATABASE_URL: must begin with sqlite:/// or postgresql://" in told
    assert len(found) == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[companny]\n", "companny: is not a setting; did you mean company?"),
        ("[carriers.asterisk]\nprot = 1\n", "carriers.asterisk.prot: is not a setting; did you mean port?"),
        ("[queues.sales]\nring_limit = 1\n", "queues.sales.ring_limit: is not a setting; did you mean ring_limit_s?"),
        ("[carriers.simulated]\nzzz = 1\n", "carriers.simulated.zzz: is not a setting; known here: enabled"),
    ],
)
def test_an_unknown_key_is_a_fault_that_names_the_nearest(tmp_path: Path, text: str, told: str) -> None:
    assert faults(tmp_path, text) == [f"/config/ringside.toml: {told}"]


def test_a_list_with_a_faulty_item_is_not_also_called_empty(tmp_path: Path) -> None:
    assert len(faults(tmp_path, '[carriers.asterisk]\nagi_allow = ["x y"]')) == 1
    assert faults(tmp_path, "[carriers.asterisk]\nagi_allow = []")[0].endswith("agi_allow: must not be empty")


def test_a_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, "[company]\nname = x\n") == ["/config/ringside.toml:2:8: is not TOML: Invalid value"]
    assert faults(tmp_path, "[company")[0].startswith("/config/ringside.toml: is not TOML: ")


def test_a_named_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        load_settings(tmp_path / "nowhere.toml", {})
    with pytest.raises(SettingsError, match=r"elsewhere\.toml: cannot be read"):
        load_settings(None, {"RINGSIDE_CONFIG": str(tmp_path / "elsewhere.toml")})


def test_secrets_in_the_file_are_refused_and_not_shown(tmp_path: Path) -> None:
    found = faults(
        tmp_path, '[carriers.asterisk]\nsecret = "hunter2"\n[database]\nurl = "postgresql://me:hunter2@host/name"\n'
    )
    assert "hunter2" not in "\n".join(found)
    assert any("put it into the environment as RINGSIDE_AMI_SECRET" in fault for fault in found)
    assert any("RINGSIDE_DATABASE_URL" in fault for fault in found)


def test_secrets_come_from_the_env_file_and_the_environment_is_stronger(tmp_path: Path) -> None:
    file = tmp_path / ".ringside" / "secrets.env"
    file.parent.mkdir()
    file.write_text("# made\nRINGSIDE_AMI_SECRET=from file\nexport RINGSIDE_PASSWORD_MARIA='m p'\n")
    made = loaded(tmp_path)
    assert made.secrets.ami_secret == "from file"
    assert made.secrets.get("RINGSIDE_PASSWORD_MARIA") == "m p"
    assert loaded(tmp_path, RINGSIDE_AMI_SECRET="from outside").secrets.ami_secret == "from outside"


def test_secrets_are_not_shown_by_repr(tmp_path: Path) -> None:
    made = loaded(tmp_path, RINGSIDE_AMI_SECRET="hunter2", RINGSIDE_PASSWORD_MARIA="hunter3")
    assert "hunter" not in repr(made)
    assert "hunter" not in repr(made.secrets)


def test_a_faulty_env_file_is_told_by_line_without_its_text(tmp_path: Path) -> None:
    file = tmp_path / ".ringside" / "secrets.env"
    file.parent.mkdir()
    file.write_text("RINGSIDE_AMI_SECRET=x\nhunter2\n")
    assert faults(tmp_path, "") == ["/.ringside/secrets.env:2: must be NAME=VALUE"]


def test_the_environment_overrides_any_setting(tmp_path: Path) -> None:
    made = loaded(
        tmp_path,
        "[server]\nlisten_port = 1\n",
        RINGSIDE__SERVER__LISTEN_PORT="8081",
        RINGSIDE__CARRIERS__ASTERISK__HOST="pbx",
        RINGSIDE__COMPANY__LANGUAGES='["en"]',
    )
    assert made.settings.server.listen_port == 8081
    assert made.settings.carriers.asterisk.host == "pbx"
    assert made.settings.company.languages == ("en",)


def test_a_faulty_override_names_its_variable(tmp_path: Path) -> None:
    assert faults(tmp_path, "", RINGSIDE__SERVER__LISTEN_PORT="0") == [
        "environment: RINGSIDE__SERVER__LISTEN_PORT: server.listen_port: must be 1 to 65535, is 0"
    ]
    assert "did you mean listen_port?" in faults(tmp_path, "", RINGSIDE__SERVER__LISTEN_PROT="1")[0]


def test_the_env_file_is_looked_for_in_an_overridden_data_folder(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("RINGSIDE_AMI_SECRET=there\n")
    made = loaded(tmp_path, RINGSIDE__SERVER__DATA_DIR=str(tmp_path))
    assert made.secrets.ami_secret == "there"


def test_relative_paths_start_at_the_folder_above_config(tmp_path: Path) -> None:
    made = loaded(tmp_path, '[ivr]\nflows_dir = "flows"\n[recording]\ndir = "/srv/sound"\n')
    assert made.flows_dir == tmp_path / "flows"
    assert made.recordings_dir == Path("/srv/sound")
    assert made.recordings_seen_as == "/srv/sound"
    assert made.cel_file is None


def test_the_database_with_a_password_is_stronger_than_the_one_in_the_file(tmp_path: Path) -> None:
    made = loaded(
        tmp_path, '[database]\nurl = "sqlite:///a.db"\n', RINGSIDE_DATABASE_URL="postgresql://me:pw@host/name"
    )
    assert made.database_url == "postgresql://me:pw@host/name"


def test_settings_do_not_change_after_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        loaded(tmp_path).settings.server.listen_port = 1


ODD_VALUES = ["-1", '""', '"\\u0000"', '["a\\nb"]', '{ "a\\nb" = "x" }', "nan", f'"{"a" * 5000}"', "2026-12-24"]


@pytest.mark.parametrize("value", ODD_VALUES)
def test_whatever_stands_in_the_file_is_read_or_told_in_one_line_each(tmp_path: Path, value: str) -> None:
    for path, model in sections(Settings, ""):
        for name in model.model_fields:
            file = written(tmp_path, f"[{path.replace('NAME', 'x')}]\n{name} = {value}\n")
            try:
                load_settings(file, {})
            except SettingsError as refused:
                assert all(fault.isprintable() for fault in refused.faults)  # noqa: PT017  # most values are refused, some are not


def test_lengths_of_extensions_that_leave_none_are_refused(tmp_path: Path) -> None:
    text = "[company]\nextension_digits_min = 5\nextension_digits_max = 3\n"
    assert faults(tmp_path, text)[0].endswith(
        "company: extension_digits_min must not be more than extension_digits_max"
    )
