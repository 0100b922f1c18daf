"""Languages as data: the files that ship, the schema, finding tools, names of files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.services.runner.files import FileNameRefused, check_file_name, check_files
from vivavoce.services.runner.installation import Installation, find
from vivavoce.services.runner.languages import (
    CACHE_TARGET,
    Language,
    LanguageFileInvalid,
    info,
    load_languages,
    parse_language,
)
from vivavoce.services.runner.program import program_of
from vivavoce.services.runner.sandbox import File, Mount
from vivavoce.services.runner.sandboxes.box import archive
from vivavoce.services.runner.tools import Host, ToolFound

MINIMAL = """
id = "toy"
label = "Toy"
extensions = ["toy"]
entry = "main.toy"
install = "Install Toy."
template = "play"
[[tools.toy.candidates]]
program = "/usr/bin/toy"
[version]
argv = ["{toy}", "--version"]
[run]
argv = ["{toy}", "{entry}", "{main}"]
[probe]
source = "play"
expect = "played"
"""


def toy(text: str = MINIMAL) -> Language:
    return parse_language("toy.toml", text)


def host(tmp_path: Path) -> Host:
    return Host(home=tmp_path / "home", project=tmp_path / "project")


def test_ten_languages_ship_and_each_says_what_to_install() -> None:
    shipped = load_languages()
    assert {language.id for language in shipped} == {
        *("python", "javascript", "typescript", "c", "cpp", "java", "go", "rust", "ruby", "bash")
    }
    for language in shipped:
        assert language.install.startswith("Install ")
        assert Path(language.entry).suffix.lstrip(".") in language.extensions
        assert language.template.endswith("\n")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("[run]", "[rum]"), "rum"),
        (('id = "toy"', 'id = "../toy"'), "id"),
        (('"{entry}"', '"{entri}"'), "entri"),
        (('"{entry}"', '"a\\nb"'), "argv"),
        (("[probe]", "[probe"), "toml"),
        (("[run]\n", "[run]\nwall_s = 1e9\n"), "wall_s"),
        (("[run]\n", "[run]\nmemory_mb = 1\n"), "memory_mb"),
        (("label", "alone = '('\nlabel"), "regular expression"),
        (('install = "Install Toy."\n', ""), "install"),
    ],
)
def test_a_file_that_does_not_fit_names_itself_and_the_field(
    change: tuple[str, str], complaint: str
) -> None:
    with pytest.raises(LanguageFileInvalid, match=r"toy\.toml") as caught:
        toy(MINIMAL.replace(*change))
    assert complaint in str(caught.value)


def test_a_tool_that_is_nowhere_makes_no_installation(tmp_path: Path) -> None:
    assert find(toy(), host(tmp_path)) is None


def test_a_toolchain_below_home_is_shown_at_its_mount_newest_first(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        'program = "/usr/bin/toy"',
        'root = "{home}/.toys/v*"\nmount = "/opt/toy"\nprogram = "bin/toy"',
    )
    for version in ("v9", "v10", "v2"):
        (tmp_path / "home/.toys" / version / "bin").mkdir(parents=True)
        (tmp_path / "home/.toys" / version / "bin/toy").touch()
    (tmp_path / "home/.toys/v11").mkdir()  # an empty one does not count
    installation = find(toy(text), host(tmp_path))
    assert installation is not None
    newest = Mount(tmp_path / "home/.toys/v10", "/opt/toy")
    assert installation.tools == {"toy": ToolFound("/opt/toy/bin/toy", (newest,))}
    assert installation.profile().mounts == (newest,)


def test_a_lone_program_of_the_project_is_shown_at_its_mount(tmp_path: Path) -> None:
    text = MINIMAL.replace('"/usr/bin/toy"', '"{project}/*/toy"\nmount = "/opt/toy"')
    (tmp_path / "project/bin").mkdir(parents=True)
    (tmp_path / "project/bin/toy").touch()
    installation = find(toy(text), host(tmp_path))
    assert installation is not None
    assert installation.tools["toy"] == ToolFound(
        "/opt/toy", (Mount(tmp_path / "project/bin/toy", "/opt/toy"),)
    )


def test_a_job_compiles_what_lies_below_the_entry_and_then_runs() -> None:
    text = MINIMAL + '[compile]\nargv = ["{toy}", "{sources}", "-o", "x"]\nwall_s = 30\n'
    installation = Installation(toy(text), {"toy": ToolFound("/opt/toy")}, cache=Path("/var/c"))
    names = ["b/z.toy", "b/main.toy", "b/a.toy", "b/c/d.toy", "b/x.txt", "other.toy"]
    job = installation.job(tuple(File(name, b"") for name in names), "b/main.toy")
    compiling, running = job.steps
    assert compiling.argv == (
        *("/opt/toy", "b/main.toy", "b/a.toy", "b/c/d.toy", "b/z.toy", "-o", "x"),
    )
    assert (compiling.kind, compiling.limits.wall_s) == ("compile", 30)
    assert running.argv == ("/opt/toy", "b/main.toy", "main")
    assert Mount(Path("/var/c"), CACHE_TARGET) in installation.profile().mounts


def program(files: dict[str, str], entry: str, text: str = MINIMAL) -> tuple[str, str, list[str]]:
    made = program_of(toy(text), entry, [File(n, t.encode()) for n, t in files.items()])
    assert made.sources[0] == entry
    return made.root, made.main, sorted(made.sources[1:])


def test_a_package_is_found_by_the_folders_that_it_names() -> None:
    text = "package = '^in ([a-z.]+);'\n" + MINIMAL
    files = {"src/a/b/m.toy": "x\nin a.b;", "src/c.toy": "", "d.toy": ""}
    assert program(files, "src/a/b/m.toy", text) == ("src", "a.b.m", ["src/c.toy"])
    files = {"a/b/m.toy": "in a.b;", "c.toy": ""}
    assert program(files, "a/b/m.toy", text) == (".", "a.b.m", ["c.toy"])
    files = {"x/m.toy": "in a.b;", "c.toy": ""}
    assert program(files, "x/m.toy", text) == ("x", "a.b.m", [])
    assert program({"m.toy": "no", "x.toy": ""}, "m.toy", text) == (".", "m", ["x.toy"])


def test_a_program_of_its_own_is_left_out_unless_it_is_what_the_entry_lacks() -> None:
    text = "alone = '^start'\n" + MINIMAL
    files = {"one.toy": "start", "two.toy": "\nstart", "part.toy": "no start"}
    assert program(files, "one.toy", text)[2] == ["part.toy"]
    assert program(files, "part.toy", text)[2] == ["one.toy", "two.toy"]


def test_a_language_may_keep_to_one_folder() -> None:
    files = {"a/m.toy": "", "a/n.toy": "", "a/b/o.toy": "", "p.toy": ""}
    assert program(files, "a/m.toy", "sources = 'folder'\n" + MINIMAL)[2] == ["a/n.toy"]
    assert program(files, "a/m.toy")[2] == ["a/b/o.toy", "a/n.toy"]


def test_what_is_missing_is_shown_with_what_to_install_and_what_is_unknown_without() -> None:
    assert info(toy(), version=None, checked=True).install == "Install Toy."
    assert info(toy(), version=None, checked=False).install is None
    shown = info(toy(), version="1.0", checked=True)
    assert (shown.available, shown.version, shown.install) == (True, "1.0", None)


SAFE = ["main.py", "a/b/c.py", "a b.txt", "häß.py", ".hidden", "a..b", "日本語.rb", "x" * 120]
UNSAFE = [
    *("", "/", "/a", "a/", "..", "../a", "a/..", "a/../b", ".", "./a", "a//b", "-x", "a/-x", "\\a"),
    *("a\x00b", "a\nb", "a\x7fb", "\u202etxt", "\ud800", "a\u2028b", "x" * 121),
]


@pytest.mark.parametrize("name", SAFE)
def test_a_plain_relative_name_is_taken(name: str) -> None:
    assert check_file_name(name) == name


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_could_mean_something_else_is_refused(name: str) -> None:
    with pytest.raises(FileNameRefused):
        check_file_name(name)


@given(st.text(max_size=130))
def test_whatever_is_taken_stays_below_the_work_folder_and_fits_an_archive(name: str) -> None:
    try:
        check_file_name(name)
    except FileNameRefused:
        return
    assert Path("/work", name).resolve().is_relative_to("/work")
    assert archive((File(name, b"text"),))


@pytest.mark.parametrize("names", [["a", "a"], ["a", "a/b"], ["a/b", "a/b/c"], []])
def test_names_that_clash_or_lack_the_entry_are_refused(names: list[str]) -> None:
    with pytest.raises(FileNameRefused):
        check_files([(name, "") for name in names], names[0] if names else "a")


def test_text_that_is_no_unicode_is_replaced_not_refused() -> None:
    assert check_files([("a", "\ud800é")], "a")[0].content == "?é".encode()
