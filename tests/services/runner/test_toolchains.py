"""Each language that this host has, through the real sandbox: its template, its input, its errors, its limits."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vivavoce.contracts.runs import Verdict
from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.languages import Host, Language, load_languages
from vivavoce.services.runner.probe import ProbeFailed, Working, probe
from vivavoce.services.runner.registry import Registry
from vivavoce.services.runner.sandbox import File, Sandbox
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox
from vivavoce.services.runner.verdict import judge

from .cell import Heard, isolation_missing
from .stage import PROJECT, languages

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")
LANGUAGES = load_languages()

# A program for each language that reads a name and greets, in several pieces where the language has them.
GREETING = {
    "python": "import sys\nprint('to', sys.stdin.readline().strip())",
    "javascript": "import fs from 'node:fs'; console.log('to', fs.readFileSync(0, 'utf8').trim())",
    "typescript": "import fs from 'node:fs'; const s: string = fs.readFileSync(0, 'utf8').trim(); console.log(`to ${s}`)",
    "c": '#include <stdio.h>\nint main(void) { char s[9]; scanf("%8s", s); printf("to %s\\n", s); }',
    "cpp": '#include <iostream>\n#include <string>\nint main() { std::string s; std::cin >> s; std::cout << "to " << s << "\\n"; }',
    "java": 'import java.util.*; public class Main { public static void main(String[] a) { System.out.println("to " + new Scanner(System.in).next()); } }',
    "go": 'package main\nimport ("bufio"; "fmt"; "os"; "sort"; "strings")\nfunc main() { s, _ := bufio.NewReader(os.Stdin).ReadString(\'\\n\'); _ = sort.Ints; fmt.Println("to", strings.TrimSpace(s)) }',
    "rust": 'use std::collections::HashMap; fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); let _: HashMap<i32, i32> = HashMap::new(); println!("to {}", s.trim()); }',
    "ruby": "require 'set'\nputs \"to #{gets.strip}\"",
    "bash": 'read -r name; echo "to $name"',
}
BROKEN = {
    "c": "int main(void) { return }",
    "cpp": "int main() { return nothing; }",
    "java": "public class Main { void }",
    "go": "package main\nfunc main() { x := 1 }",
    "rust": "fn main() { let x: i32 = 'a'; }",
    "typescript": "const = ;",
}


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    made = BubblewrapSandbox(clock=SystemClock(), options=BubblewrapOptions(allow_weak=True))
    await made.start()
    yield made
    await made.close()


async def working(language: Language, sandbox: Sandbox, caches: Path) -> Working:
    host = Host(home=Path.home(), project=PROJECT)
    found = await probe(language, host=host, sandbox=sandbox, caches=caches)
    if found is None:
        pytest.skip(f"not on this host: {language.install}")
    return found


async def run(
    found: Working, sandbox: Sandbox, text: str, typed: bytes = b""
) -> tuple[Verdict, str, str]:
    entry = found.installation.language.entry
    heard = Heard()
    box = await sandbox.open(found.installation.profile())
    box.write_input(typed)
    box.end_input()
    job = found.installation.job((File(entry, text.encode()),), entry)
    verdict = judge(await box.execute(job, heard)).verdict
    return verdict, heard.stdout.decode(), heard.stderr.decode()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
async def test_a_language_runs_its_template_reads_input_and_shows_its_errors(
    language: Language, sandbox: Sandbox, caches: Path
) -> None:
    found = await working(language, sandbox, caches)
    verdict, stdout, stderr = await run(found, sandbox, language.template)
    assert (verdict, stdout) == (Verdict.OK, "Hello, world!\n"), stderr
    verdict, stdout, stderr = await run(found, sandbox, GREETING[language.id], b"Caro\n")
    assert (verdict, stdout) == (Verdict.OK, "to Caro\n"), stderr
    broken = BROKEN.get(language.id, "(")
    verdict, _, stderr = await run(found, sandbox, broken)
    expected = Verdict.COMPILE_ERROR if language.compile else Verdict.NONZERO
    assert verdict is expected
    assert language.entry in stderr


async def test_a_prepared_cache_is_made_once(sandbox: Sandbox, caches: Path) -> None:
    (go,) = languages("go")
    first = await working(go, sandbox, caches)
    made = first.installation.cache
    assert made is not None
    before = made.stat().st_ctime_ns
    again = await working(go, sandbox, caches)
    assert again.installation.cache == made
    assert made.stat().st_ctime_ns == before
    assert list(caches.iterdir()) == [made]


async def test_a_language_whose_probe_prints_something_else_is_shown_as_not_working(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (bash,) = languages("bash")
    wrong = bash.model_copy(update={"probe": bash.probe.model_copy(update={"expect": "hallo\n"})})
    host = Host(home=tmp_path, project=tmp_path)
    with pytest.raises(ProbeFailed, match="instead of 'hallo"):
        await probe(wrong, host=host, sandbox=sandbox, caches=tmp_path)
    registry = Registry([wrong])
    assert registry.infos()[0].install is None
    await registry.probe_all(host=host, sandbox=sandbox, caches=tmp_path)
    (shown,) = registry.infos()
    assert (shown.available, shown.install) == (False, bash.install)
    assert "instead of" in registry.failures["bash"]


async def test_a_toolchain_that_only_root_can_reach_is_shown_to_the_boxs_user(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A folder as closed as /root is; the host's own mounts stay as they were."""
    closed = tmp_path / "closed"
    (closed / "toys/bin").mkdir(parents=True)
    (closed / "toys/bin/toy").write_text("#!/bin/sh\necho played\n")
    (closed / "toys/bin/toy").chmod(0o755)
    (closed / "secret").write_text("secret")
    closed.chmod(0o700)
    (bash,) = languages("bash")
    candidate = {"root": str(closed / "toys"), "mount": "/opt/toys", "program": "bin/toy"}
    fields = bash.model_dump() | {
        "tools": {"toy": {"candidates": [candidate]}},
        "version": {"argv": ["{toy}"]},
        "run": {"argv": ["/bin/sh", "-c", "{toy}; ls /opt/toys; ls /mnt; ls " + str(closed)]},
        "probe": {"source": "", "expect": "played\nbin\n"},
    }
    mounts = Path("/proc/self/mounts").read_text()
    with pytest.raises(ProbeFailed, match="No such file"):
        await probe(
            Language.model_validate(fields),
            host=Host(home=tmp_path, project=tmp_path),
            sandbox=sandbox,
            caches=tmp_path,
        )
    fields["run"] = {"argv": ["/bin/sh", "-c", "{toy}; ls /opt/toys"]}
    found = await probe(
        Language.model_validate(fields),
        host=Host(home=tmp_path, project=tmp_path),
        sandbox=sandbox,
        caches=tmp_path,
    )
    assert found is not None
    assert found.version == "played"
    assert Path("/proc/self/mounts").read_text() == mounts
