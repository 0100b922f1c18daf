"""Programs as people bring them to interviews: several files, folders, packages, modules, tests, odd characters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """What is in the workspace, which file is started, and what must be seen; ``stderr`` is a part of it."""

    name: str
    entry: str
    files: dict[str, str]
    stdout: str = ""
    stderr: str = ""


# Asks without a line's end, as a person would, and greets who answers.
GREETING = {
    "python": "name = input('Name: ')\nprint('to', name)",
    "javascript": "import readline from 'node:readline'; readline.createInterface({ input: process.stdin, output: process.stdout }).question('Name: ', (s) => { console.log('to', s); process.exit(); })",
    "typescript": "import readline from 'node:readline'; const rl: readline.Interface = readline.createInterface({ input: process.stdin, output: process.stdout }); rl.question('Name: ', (s: string) => { console.log(`to ${s}`); rl.close(); })",
    "c": '#include <stdio.h>\nint main(void) { char s[9]; printf("Name: "); scanf("%8s", s); printf("to %s\\n", s); }',
    "cpp": '#include <iostream>\n#include <string>\nint main() { std::string s; std::cout << "Name: "; std::cin >> s; std::cout << "to " << s << "\\n"; }',
    "java": 'import java.util.*; public class Main { public static void main(String[] a) { System.out.print("Name: "); System.out.println("to " + new Scanner(System.in).next()); } }',
    "go": 'package main\nimport ("bufio"; "fmt"; "os"; "sort"; "strings")\nfunc main() { fmt.Print("Name: "); s, _ := bufio.NewReader(os.Stdin).ReadString(\'\\n\'); _ = sort.Ints; fmt.Println("to", strings.TrimSpace(s)) }',
    "rust": 'use std::io::Write; fn main() { let mut s = String::new(); print!("Name: "); std::io::stdout().flush().unwrap(); std::io::stdin().read_line(&mut s).unwrap(); println!("to {}", s.trim()); }',
    "ruby": "require 'set'\nprint 'Name: '\nputs \"to #{gets.strip}\"",
    "bash": "printf 'Name: '; read -r name; echo \"to $name\"",
}

# Each breaks in its language's own way.
BROKEN = {
    "c": "int main(void) { return }",
    "cpp": "int main() { return nothing; }",
    "java": "public class Main { void }",
    "go": "package main\nfunc main() { x := 1 }",
    "rust": "fn main() { let x: i32 = 'a'; }",
    "typescript": "const = ;",
}

_C_MAIN = '#include <stdio.h>\nint main(void) {{ puts("{}"); }}'
_JAVA_TWO = 'public class {0} {{ public static void main(String[] a) {{ System.out.println(new Node().name); }} }}\nclass Node {{ String name = "{0}"; }}'
_GO_MAIN = 'package main\nimport "fmt"\nfunc main() {{ fmt.Println("{}") }}'

PROGRAMS: dict[str, list[Program]] = {
    "python": [
        Program(
            "modules beside it and in the top folder",
            "app/main.py",
            {
                "app/main.py": "import beside\nfrom lib.deep import top\nprint(beside.x, top.y)",
                "app/beside.py": "x = 1",
                "lib/deep/top.py": "y = 2",
            },
            "1 2\n",
        ),
        Program(
            "another alphabet and old line ends",
            "main.py",
            {"main.py": "größe = 'é日本😀'\r\nprint(größe)\r\n"},
            "é日本😀\n",
        ),
        Program(
            "a test that fails",
            "test_sum.py",
            {
                "test_sum.py": "import unittest\nfrom sums import add\nclass Sums(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 4)\nunittest.main()",
                "sums.py": "def add(a, b):\n    return a + b",
            },
            stderr='test_sum.py", line 5',
        ),
    ],
    "javascript": [
        Program(
            "a module of the newer kind",
            "main.js",
            {
                "main.js": "import { x } from './lib/x.js'; console.log(x)",
                "lib/x.js": "export const x = 1",
            },
            "1\n",
        ),
        Program(
            "a module of the older kind",
            "main.js",
            {"main.js": "console.log(require('./lib/x').x)", "lib/x.js": "exports.x = 1"},
            "1\n",
        ),
    ],
    "typescript": [
        Program(
            "modules in every spelling, types among them",
            "src/main.ts",
            {
                "src/main.ts": "import { a, type Sum } from './a';\nimport { b } from './b.ts';\nimport { c } from '../lib/c.js';\nimport * as d from '../lib';\nconst sum: Sum = a + b + c + d.d;\nconsole.log(sum)",
                "src/a.ts": "export type Sum = number; export const a = 1",
                "src/b.ts": "export const b: number = 10",
                "lib/c.ts": "export const c = 100",
                "lib/index.ts": "export const d = 1000",
            },
            "1111\n",
        ),
        Program(
            "JavaScript and JSON beside it",
            "main.ts",
            {
                "main.ts": "import { x } from './x';\nimport settings from './settings.json';\nconsole.log(x, settings.y)",
                "x.js": "export const x = 1",
                "settings.json": '{"y": 2}',
            },
            "1 2\n",
        ),
        Program(
            "another question's unfinished file",
            "two.ts",
            {"one.ts": "const = ;", "two.ts": "console.log(2)"},
            "2\n",
        ),
        Program(
            "an await outside of all functions",
            "main.ts",
            {
                "main.ts": "import { later } from './later';\n\nconst x: number = await later(1);\nconsole.log(x);\nawait Promise.reject(new Error('no'));",
                "later.ts": "export const later = async (x: number) => { await null; return x; };",
            },
            "1\n",
            stderr="main.ts:5",
        ),
        Program(
            "a crash, told by the lines that were typed",
            "main.ts",
            {
                "main.ts": "interface Box { value: { of: number } | null }\n\nfunction open(box: Box): number {\n  return box.value!.of;\n}\nopen({ value: null });"
            },
            stderr="main.ts:4",
        ),
    ],
    "c": [
        Program(
            "headers found from the top folder",
            "src/main.c",
            {
                "src/main.c": '#include <stdio.h>\n#include "src/deep/sum.h"\n#include "limit.h"\nint main(void) { printf("%d\\n", sum(LIMIT)); }',
                "src/deep/sum.h": "int sum(int);",
                "src/deep/sum.c": '#include "sum.h"\nint sum(int n) { return n + 1; }',
                "include/limit.h": "#define LIMIT 41",
            },
            "42\n",
        ),
        Program(
            "another question's program",
            "two.c",
            {"one.c": _C_MAIN.format(1), "two.c": _C_MAIN.format(2)},
            "2\n",
        ),
    ],
    "cpp": [
        Program(
            "a class in files of its own, and another question's program",
            "main.cpp",
            {
                "main.cpp": '#include <iostream>\n#include "box.hpp"\nauto main() -> int { std::cout << Box{}.value() << std::endl; }',
                "box.hpp": "#pragma once\nstruct Box { int value(); };",
                "box.cpp": '#include "box.hpp"\nint Box::value() { return 7; }',
                "other.cpp": "int\nmain(int, char **) { return 1; }",
            },
            "7\n",
        ),
    ],
    "java": [
        Program(
            "packages",
            "src/com/acme/Main.java",
            {
                "src/com/acme/Main.java": "/* Ours. */\npackage com.acme;\nimport com.acme.deep.One;\nimport org.other.Two;\npublic class Main { public static void main(String[] a) { System.out.println(One.x + Two.y); } }",
                "src/com/acme/deep/One.java": "package com.acme.deep; public class One { public static int x = 1; }",
                "src/org/other/Two.java": "package org.other; public class Two { public static int y = 2; }",
            },
            "3\n",
        ),
        Program(
            "classes that share a file",
            "Main.java",
            {
                "Main.java": "public class Main { public static void main(String[] a) { System.out.println(new Square().area()); } }",
                "Shapes.java": "class Circle {}\nclass Square { int area() { return 4; } }",
            },
            "4\n",
        ),
        Program(
            "another question's program with a class of the same name",
            "Two.java",
            {"One.java": _JAVA_TWO.format("One"), "Two.java": _JAVA_TWO.format("Two")},
            "Two\n",
        ),
        Program(
            "the class of another program",
            "Main.java",
            {
                "Main.java": "public class Main { public static void main(String[] a) { One.main(a); } }",
                "One.java": _JAVA_TWO.format("One"),
            },
            "One\n",
        ),
    ],
    "go": [
        Program(
            "several files, a test and another folder",
            "main.go",
            {
                "main.go": 'package main\nimport "fmt"\nfunc main() { fmt.Println(sum(1, 2)) }',
                "sum.go": "package main\nfunc sum(a, b int) int { return a + b }",
                "sum_test.go": "package main\nfunc unfinished(",
                "other/x.go": "package other",
            },
            "3\n",
        ),
        Program(
            "another question's program",
            "two.go",
            {"one.go": _GO_MAIN.format(1), "two.go": _GO_MAIN.format(2)},
            "2\n",
        ),
        Program(
            "a module with packages",
            "cmd/tool/main.go",
            {
                "go.mod": "module example.org/tool\n\ngo 1.20\n",
                "cmd/tool/main.go": 'package main\nimport ("fmt"; "example.org/tool/sums")\nfunc main() { fmt.Println(sums.Add(1, 2)) }',
                "sums/sums.go": "package sums\nfunc Add(a, b int) int { return a + b }",
            },
            "3\n",
        ),
        Program(
            "a handler of web requests",
            "main.go",
            {
                "main.go": 'package main\nimport ("fmt"; "net/http"; "net/http/httptest")\nfunc main() { w := httptest.NewRecorder(); http.NotFound(w, httptest.NewRequest("GET", "/", nil)); fmt.Println(w.Code) }'
            },
            "404\n",
        ),
    ],
    "rust": [
        Program(
            "modules in files and folders",
            "src/main.rs",
            {
                "src/main.rs": 'mod one;\nmod deep;\nfn main() { println!("{}", one::x() + deep::two::y()); }',
                "src/one.rs": "pub fn x() -> i32 { 1 }",
                "src/deep/mod.rs": "pub mod two;",
                "src/deep/two.rs": "pub fn y() -> i32 { 2 }",
            },
            "3\n",
        ),
        Program(
            "a sum that overflows",
            "main.rs",
            {
                "main.rs": 'fn main() {\n    let many: Vec<u8> = vec![200, 100];\n    println!("{}", many.iter().fold(0u8, |sum, n| sum + n));\n}'
            },
            stderr="overflow",
        ),
    ],
    "ruby": [
        Program(
            "a file beside it and the end of its own",
            "main.rb",
            {
                "main.rb": "require_relative 'lib/x'\nputs X if __FILE__ == $0\nputs DATA.read\n__END__\ndata\n",
                "lib/x.rb": "X = 1",
            },
            "1\ndata\n",
        ),
        Program(
            "a crash, told by its own lines alone",
            "main.rb",
            {"main.rb": "def f\n  raise 'no'\nend\nf"},
            stderr="main.rb:2:in `f': no (RuntimeError)\n\tfrom main.rb:4:in `<main>'\n",
        ),
    ],
    "bash": [
        Program(
            "a file that is read in",
            "main.sh",
            {"main.sh": "source lib/x.sh\nsay", "lib/x.sh": "say() { echo said; }"},
            "said\n",
        ),
    ],
}
