import pytest

from recurra import DataError, LanguageModel
from recurra.cli import main
from recurra.cli.config_file import read


@pytest.fixture
def fitted(monkeypatch, tmp_path):
    """What the command would train, as (settings, keywords of fit), in a folder of its own."""
    seen = []

    def fit(task, data, valid=None, **keywords):
        seen.append((task.get_params(), keywords))
        return task

    monkeypatch.setattr(LanguageModel, "fit", fit)
    monkeypatch.chdir(tmp_path)
    return seen


def _train(content: str, *flags: str) -> int:
    with open("settings.toml", "w", encoding="utf-8") as file:
        file.write(content)
    return main(["train", "language-model", "text.txt", "--config", "settings.toml", *flags])


def test_a_file_gives_settings_of_every_type(fitted):
    content = (
        'cell = "gru"\nhidden_size = 64\nlearning-rate = 1\ndropout = 0.5\ntie_embeddings = false\nlayer_norm = true\n'
    )
    assert _train(content, "--out", "run") == 0
    given = {
        "cell": "gru",
        "hidden_size": 64,
        "learning_rate": 1.0,
        "dropout": 0.5,
        "tie_embeddings": False,
        "layer_norm": True,
    }
    assert fitted[0][0] == LanguageModel(**given).get_params()


@pytest.mark.parametrize(
    "arguments",
    [
        "--config settings.toml --hidden-size 9 --no-tie-embeddings --layer-norm text.txt --out run",
        "--hidden-size 9 --no-tie-embeddings --layer-norm text.txt --out run --config settings.toml",
        "text.txt --hidden-size=9 --config=settings.toml --out run --layer-norm --no-tie-embeddings",
    ],
)
def test_a_flag_wins_over_the_file_wherever_it_stands(arguments, fitted, tmp_path):
    content = "hidden_size = 64\ntie_embeddings = true\nlayer_norm = false\nseed = 5\n"
    (tmp_path / "settings.toml").write_text(content)
    assert main(["train", "language-model", *arguments.split()]) == 0
    settings = fitted[0][0]
    assert (settings["hidden_size"], settings["tie_embeddings"], settings["layer_norm"]) == (9, False, True)
    assert (settings["seed"], settings["num_layers"]) == (5, LanguageModel().config.num_layers)


def test_a_file_may_name_the_run_folder(fitted, tmp_path):
    assert _train('out = "from the file"\noverwrite = true\n') == 0
    keywords = fitted[0][1]
    assert (str(keywords["out"]), keywords["overwrite"]) == ("from the file", True)


def test_an_empty_file_changes_nothing(fitted):
    assert _train("# nothing yet\n", "--out", "run") == 0
    assert fitted[0][0] == LanguageModel().get_params()


@pytest.mark.parametrize("name", ["hiden_size", "data", "config", "help", "version", "settings", "HIDDEN_SIZE"])
def test_what_is_not_a_setting_is_named_with_its_file(name, fitted, capsys):
    assert _train(f'{name} = "x"\n', "--out", "run") == 2
    expected = f"recurra: settings.toml: expected the name of a setting, got {name!r}; --help lists them\n"
    assert capsys.readouterr() == ("", expected)
    assert not fitted


def test_settings_stand_in_no_table(fitted, capsys):
    assert _train("[language-model]\nhidden_size = 3\n", "--out", "run") == 2
    assert "settings.toml: expected the name of a setting, got 'language-model'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('hidden_size = "wide"', 'Invalid value for [hidden_size] from settings.toml: unable to convert "wide"'),
        ("epochs = true", "recurra: settings.toml: epochs: expected a whole number, got True"),
        ("epochs = [1, 2]", "recurra: settings.toml: epochs: expected a whole number, got [1, 2]"),
        ('optimizer = "adamax"', "recurra: settings.toml: optimizer: expected one of 'adamw', "),
        ("epochs = 2.5", "recurra: settings.toml: epochs: expected a whole number, got 2.5"),
        ("epochs = 0", "recurra: settings.toml: epochs: expected at least 1, got 0"),
    ],
)
def test_a_wrong_value_is_named(content, message, fitted, unboxed):
    assert _train(content, "--out", "run") == 2
    assert message in unboxed()
    assert not fitted


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hidden_size = \n", r"settings\.toml: expected TOML, got: Invalid value \(at line 1"),
        (b"hidden_size: 3\n", r"settings\.toml: expected TOML, got: "),
        (b"seed = 1\nseed = 2\n", r"settings\.toml: expected TOML, got: Cannot overwrite"),
        (b'cell = "\xff"\n', r"settings\.toml: expected TOML, got: .*utf-8"),
        (None, r"settings\.toml: expected a TOML file, got: No such file"),
    ],
)
def test_a_file_that_is_not_toml_is_named(content, message, fitted, tmp_path, capsys):
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(path)
    assert main(["train", "language-model", "text.txt", "--out", "run", "--config", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not fitted


def test_a_folder_is_no_file_of_settings(tmp_path):
    with pytest.raises(DataError, match="expected a TOML file, got: Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("content", ["seed = " + "9" * 5000, "a = " + "[" * 5000, "a = 1\n\xff", "a"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "settings.toml").write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=r"settings.toml: expected TOML, got"):
        read(tmp_path / "settings.toml")


def test_a_flag_wins_over_a_wrong_value_too(fitted):
    assert _train("epochs = 0\nwarmup-steps = 3\n", "--out", "run", "--epochs", "2") == 0
    assert (fitted[0][0]["epochs"], fitted[0][0]["warmup_steps"]) == (2, 3)
