"""Inputs for the reader of YAML, each with what is expected of it."""

from __future__ import annotations

from typing import Any

VALID = b"""\
# One task.
title: SSH open to the internet
reason: |
  Port 22 is reachable (see "EC2.13").

  Close it: it's easy.
action: disable
after: 2026-12-01
options: {port: 22, ratio: 0.5, force: true}
targets:
  - arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718
  - resource: arn:aws:s3:::acme-assets
    'account': "website-prod"
    note:
"""

# Plain values, and what they mean.
MEANINGS: tuple[tuple[str, Any], ...] = (
    ("true", True),
    ("True", True),
    ("False", False),
    ("Null", None),
    ("TRUE", True),
    ("null", None),
    ("~", None),
    ("", None),
    ("0", 0),
    ("22", 22),
    ("-7", -7),
    ("111122223333", 111122223333),
    ("0.5", 0.5),
    ("-12.25", -12.25),
    ("2026-12-01", "2026-12-01"),
    ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
    ("10.0.0.0/8", "10.0.0.0/8"),
    ("7d", "7d"),
    ("1.2.3", "1.2.3"),
    ("80:8080", "80:8080"),
    ("-x", "-x"),
    ("--", "--"),
    ("arn:aws:s3:::x", "arn:aws:s3:::x"),
    ("yesterday", "yesterday"),
    ('"011122223333"', "011122223333"),
    ("'22:30'", "22:30"),
    ('"yes"', "yes"),
    ('"\\u00e9\\n\\t"', "é\n\t"),
    ("'\U0001f600 ⚠\ufe0f'", "\U0001f600 ⚠\ufe0f"),
    ("|-\n  no", "no"),
    (">-\n  22:30", "22:30"),
)

# Plain values that readers disagree about, and a word of their message.
TRAPS = (
    ("011122223333", "octal"),
    ("000000000010", "octal"),
    ("012345678901", "octal"),
    ("-07", "octal"),
    ("00.5", "octal"),
    ("22:30", "base 60"),
    ("1:30:00", "base 60"),
    ("08:00", "base 60"),
    *((word, "true or false") for word in ("yes", "No", "ON", "off", "y", "N")),
    ("1_000", "a number to some"),
    ("0x1f", "a number to some"),
    ("0o17", "a number to some"),
    ("0b11", "a number to some"),
    ("1e3", "a number to some"),
    ("+5", "a number to some"),
    (".5", "a number to some"),
    ("=", "special meaning"),
    ("<<", "merge key"),
    (".inf", "not a number"),
    ("-.Inf", "not a number"),
    (".NaN", "not a number"),
    ("9" * 400, "400 digits"),
    (f"1.{'0' * 400}", "402 digits"),
)

# What is refused: the file, the line and column of its one fault, and words of its message.
REFUSED: tuple[tuple[str | bytes, int, int, str], ...] = (
    # keys
    ("a: 1\nb: 2\na: 3\n", 3, 1, "`a` appears twice; first on line 1"),
    ("x:\n  - a: 1\n    'a': 3\n", 3, 5, "first on line 2"),
    ('a: 1\n"\\x61": 2\n', 2, 1, "appears twice"),
    ("{a: 1, a: 2}\n", 1, 8, "appears twice"),
    ("1: x\n", 1, 1, "`1` is not text"),
    ("a:\n  true: x\n", 2, 3, "`true` is not text"),
    ("~: x\n", 1, 1, "`~` is not text"),
    ("0.5: x\n", 1, 1, "`0.5` is not text"),
    ("on: x\n", 1, 1, "`on` is true or false"),
    ("a: {No: x}\n", 1, 5, "`No` is true or false"),
    ("011122223333: x\n", 1, 1, "octal"),
    ("[a]: b\n", 1, 1, "list or mapping cannot be a key"),
    ("? {a: b}\n: c\n", 1, 3, "list or mapping cannot be a key"),
    ("a:\n  <<: {b: 1}\n", 2, 3, "merge key"),
    # what other readers resolve
    ("a: &x 1\n", 1, 4, "anchor `&x`"),
    ("a: &x\n  b: 1\n", 1, 4, "anchor `&x`"),
    ("- &x [1]\n", 1, 3, "anchor `&x`"),
    ("a: *x\n", 1, 4, "alias `*x`"),
    ("- *x\n", 1, 3, "alias `*x`"),
    ("*x : 1\n", 1, 1, "alias `*x`"),
    ("a: !!int 3\n", 1, 4, "tag `!!int`"),
    ("a: !include x.yaml\n", 1, 4, "tag `!include`"),
    ("a: ! x\n", 1, 4, "tag `!`"),
    ("a: !!set {b}\n", 1, 4, "tag `!!set`"),
    ("!python/object:os.system [x]\n", 1, 1, "tag `!python/object:os.system`"),
    ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
    ("a: 1\n...\nb: 2\n", 3, 1, "cannot be read as YAML"),
    ("%YAML 1.2\n---\na: 1\n", 1, 1, "directive"),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "directive"),
    ("a: 1\n%FOO\n", 2, 1, "directive"),
    # sizes
    ("\n" + "[" * 21 + "]" * 21, 2, 21, "20 levels"),
    ("- " * 60_000, 1, 41, "20 levels"),
    ("[" * 100_000, 1, 21, "20 levels"),
    (f"a: {'x' * 10_001}\n", 1, 4, "10,001 characters"),
    (f"b:\n- '{'1' * 10_001}'\n", 2, 3, "10,001 characters"),
    (f"# {'x' * 5_000_000}\n", 1, 1, "5,000,003 bytes"),
    # bytes and characters
    (b"a: 1\nb: caf\xe9\n", 2, 7, "0xE9 is not UTF-8"),
    ("a: é".encode() + b"\xed\xa0\x80", 1, 5, "0xED is not UTF-8"),
    (b"\xef\xbb\xbfa: 1\n", 1, 1, "byte order mark"),
    ("a: 1\nb: 2\n".encode("utf-16"), 1, 1, "UTF-16"),
    ("a: 1\nb: 2\n".encode("utf-16-le"), 1, 1, "UTF-16"),
    ("a: 1\nb: 2\n".encode("utf-16-be"), 1, 1, "UTF-16"),
    ("a: x\0y\n", 1, 5, "control character U+0000"),
    ("a: 1\nb: \x1b[31mx\n", 2, 4, "control character U+001B"),
    ("a: x\x7f\n", 1, 5, "control character U+007F"),
    ("a: x\x9by\n", 1, 5, "control character U+009B"),
    ("a: x\uffffy\n", 1, 5, "control character U+FFFF"),
    ("# a\x85b: 1\n", 1, 4, "U+0085"),
    ("# a\u2028b: 1\n", 1, 4, "U+2028 LINE SEPARATOR is a line break"),
    ("a: x\u2029\n", 1, 5, "U+2029"),
    ("a: 1\n# x\rb: 2\n", 2, 4, "carriage return"),
    ("# \u202etxt\n", 1, 3, "RIGHT-TO-LEFT OVERRIDE can display"),
    ("a: x\u2066y\n", 1, 5, "U+2066"),
    ("a: arn\u200b:aws\n", 1, 7, "invisible character U+200B"),
    ("\n\na: \U000e0041\n", 3, 4, "invisible character U+E0041"),
    ("a: x\ufeffy\n", 1, 5, "invisible character U+FEFF"),
    ('a: "\\u202e"\n', 1, 4, "escape in this text produces the hidden character U+202E"),
    ('a: "x\\0"\n', 1, 4, "U+0000"),
    ("a:\n\tb: 1\n", 2, 1, "indented with a tab"),
    ("a:\n  - x\n  \t- y\n", 3, 3, "indented with a tab"),
    ("a: |\n  x\n  \ty\n", 3, 3, "indented with a tab"),
    ("-\ta: 1\n", 1, 2, "a tab is used"),
    ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 2, 1, "`<<<<<<<` of an unresolved merge"),
    ("a: |\n  x\n=======\n", 3, 1, "`=======` of an unresolved merge"),
    # syntax: quotes
    ('a: "foo\nb: bar\n', 1, 4, "never closed"),
    ("a: 1\nb: 'foo\n", 2, 4, "never closed"),
    ('a: "x\n---\ny"\n', 1, 4, "never closed"),
    ('a: "foo\nb: "bar"\n', 2, 5, "text follows the end of the value"),
    ('a: "foo\nb: "bar: x"\n', 2, 5, "text follows the end of the value"),
    ('a: "foo\nb": x\n', 2, 1, "part of the value above"),
    ("a: 'it's'\n", 1, 8, "text follows the end of the value"),
    ('"a" b: c\n', 1, 5, "text follows the end of the value"),
    ('a: "\\d+"\n', 1, 5, "found unknown escape character"),
    ('a: "C:\\Users"\n', 1, 9, "cannot be read as YAML"),
    ('a: "\\ud800"\n', 1, 7, "cannot be read as YAML"),
    ("a: !%ED%A0%80 x\n", 1, 2, "cannot be read as YAML"),
    # syntax: colons
    ("title:foo\nb: x\n", 1, 7, "space is missing after the colon"),
    ("a: x\nreason:foo\nb: x\n", 2, 8, "space is missing after the colon"),
    ("a: x\nfoo\nb: c\n", 2, 1, "no `key: value`"),
    ("a: x\narn:aws:s3:::b\n", 2, 1, "no `key: value`"),
    ("foo\n\nbar: 1\n", 1, 1, "no `key: value`"),
    ("foo # b\nbar: 1\n", 2, 1, "cannot be read as YAML"),
    ("title: foo: bar\n", 1, 11, "second `: `"),
    ('a: "x": y\n', 1, 7, "second `: `"),
    (": a\n", 1, 1, "the next key or list item should begin here"),
    (f"{'k' * 1100}: 1\n", 1, 1101, "cannot be read as YAML"),
    # syntax: indentation
    ("a: 1\n  b: 2\n", 2, 3, "part of the value above"),
    ("a:\n  b: 1\n c: 2\n", 3, 2, "the next key or list item should begin here"),
    ("a:\n  - x\n - y\n", 3, 2, "the next key or list item should begin here"),
    ("- a\nb: 1\n", 2, 1, "the next key or list item should begin here"),
    ("a: >\n   x\n  y\n", 3, 3, "the next key or list item should begin here"),
    # syntax: brackets and signs
    ("a: [x, z", 1, 4, "`[` that opens here is not closed"),
    ("a: [x, z\nb: 1\n", 1, 4, "`[` that opens here is not closed"),
    ("a: {x: 1\nb: 1\n", 1, 4, "`{` that opens here is not closed"),
    ("a: {b:}\n", 1, 6, "cannot be read as YAML"),
    ('a: ["x" "z"]\n', 1, 4, "a comma is missing"),
    ("a: 1\n}\n", 2, 1, "the next key or list item should begin here"),
    ("a: [b] c\n", 1, 8, "text follows the end of the value"),
    ("a: [1,,2]\n", 1, 7, "cannot be read as YAML"),
    ("a: @foo\n", 1, 4, "cannot begin with @"),
    ("a: `foo`\n", 1, 4, "cannot begin with `"),
    ("a: *\n", 1, 4, "cannot begin with *"),
    ("a: & b\n", 1, 4, "cannot begin with &"),
    ("a: !x!y z\n", 1, 4, "cannot be read as YAML"),
    ("a: ? b\n", 1, 4, "cannot be read as YAML"),
    ("a: | foo\n  x\n", 1, 6, "cannot be read as YAML"),
    ("a: - b\n", 1, 4, "cannot be read as YAML"),
)
