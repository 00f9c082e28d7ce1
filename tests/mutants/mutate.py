#!/usr/bin/env python3
"""Makes mutants of C files: copies with one small mistake each.

    mutate.py --list FILE...   prints FILE:LINE:COLUMN:OPERATOR, the function and the line of each mutant
    mutate.py NAME             prints the file with this mistake

A lexer reads the file. Comments, strings and preprocessor lines stay as they are. The lexer relies on
clang-format: a binary operator has a blank on both sides, and a function begins at the margin.
"""

import collections
import re
import sys

TOKEN = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.)*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<operator><<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||<<|>>|[-+*/%&|^=!<>]=|[^\s\w])""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

# clang-format puts the brackets of its body at the margin.
FUNCTION = re.compile(r"^(?P<type>\w[\w *\n]*?)(?P<name>\w+)\([^;{}]*\)\n\{(?P<body>.*?)^\}", re.DOTALL | re.MULTILINE)
# Operator of the mutant: what stands in the source, and what replaces it.
REPLACEMENTS = {
    "relation": {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="},
    "logic": {"&&": "||", "||": "&&"},
    "arithmetic": {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "<<": ">>", ">>": "<<",
                   "&": "|", "|": "&", "^": "&"},
    "assignment": {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "++": "--", "--": "++"},
}
# The lesser of two numbers is the same with <=.
LESSER = re.compile(r"([\w.>-]+) < ([\w.>-]+) \? \1 : \2\b")
FLAG = r"(AT|LOCK|MAP|O|RENAME|RESOLVE|S)_[A-Z_]+|[A-Z_]+_FLAGS"
# Tokens that end the operand of an operator. Brackets end it too.
ENDS = {",", ";", "?", ":", "=", "+=", "-=", "|=", "&=", "return", "case", "{", "}"}
ENDS_OF = {"?": ENDS, "||": ENDS | {"||"}}
ENDS_OF["&&"] = ENDS_OF["||"] | {"&&"}
ENDS_OF["|"] = ENDS_OF["&&"] | {"|", "==", "!="}
ENDS_OF["&"] = ENDS_OF["|"] | {"&"}
# A statement begins with a name, and one of these follows.
ASSIGNS_OR_CALLS = ("(", "[", ".", "->", "=", "+=", "-=", "|=", "&=", "++", "--")
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class Mutant:
    """The characters from START to END are replaced by TEXT."""

    def __init__(self, source, operator, start, end, text):
        self.source, self.operator, self.start, self.end, self.text = source, operator, start, end, text
        before = source.code.rfind("\n", 0, start) + 1
        number = source.code.count("\n", 0, start) + 1
        self.line = source.code[before : source.code.find("\n", start)].strip()
        function = source.function_at(start)
        self.function = function["name"] if function else "-"
        self.folder = source.path.rpartition("/")[0]
        self.name = f"{source.path}:{number}:{start - before + 1}:{operator}"
        self.description = ""  # outlives a shift of lines; set when all mutants of the file are known

    def code(self):
        return self.source.code[: self.start] + self.text + self.source.code[self.end :]


class Source:
    def __init__(self, path, name=None):
        with open(path, encoding="ascii") as file:
            self.code = file.read()
        self.path = name or path
        self.tokens = [match for match in TOKEN.finditer(self.code) if match.lastgroup != "skip"]
        self.texts = [match[0] for match in self.tokens]
        self.lessers = list(LESSER.finditer(self.code))
        self.functions = list(FUNCTION.finditer(self.code))
        self.match_brackets()

    def match_brackets(self):
        self.other, opened = {}, []
        for i, text in enumerate(self.texts):
            if text in OPEN:
                opened.append(i)
            elif text in CLOSE:
                self.other[i] = opened.pop()
                self.other[self.other[i]] = i

    def function_at(self, position):
        return next((match for match in self.functions if match.start("body") <= position < match.end("body")), None)

    def is_binary(self, i):
        return self.code[self.tokens[i].start() - 1].isspace() and self.code[self.tokens[i].end()].isspace()

    def operand_end(self, i, step, ends):
        """The farthest token of the operand behind token I, or in front of it if STEP is -1."""
        i += step
        while self.texts[i] not in ends and self.texts[i] not in (CLOSE if step > 0 else OPEN):
            i = self.other.get(i, i) + step
        return i - step

    def mutants(self):
        self.found = []
        for i, text in enumerate(self.texts):
            self.mutate_token(i, text)
            self.mutate_condition(i, text)
            function = self.function_at(self.tokens[i].start())
            if function:
                self.mutate_return(i, function["type"].split())
                self.mutate_statement(i)
        self.found.sort(key=lambda mutant: (mutant.start, mutant.operator))
        counts = collections.Counter()
        for mutant in self.found:
            key = (mutant.function, mutant.operator, mutant.line)
            counts[key] += 1
            mutant.description = f"{self.path} {mutant.function} {mutant.operator} {counts[key]}: {mutant.line}"
        return self.found

    def add(self, operator, first, last, text):
        self.found.append(Mutant(self, operator, self.tokens[first].start(), self.tokens[last].end(), text))

    def bounds_descriptors(self, i):
        """Whether token I is the operator of "fd < 0" or "fd >= 0". Descriptor 0 is a stream, so its bound may be 1."""
        return self.texts[i] in ("<", ">=") and self.texts[i - 1].endswith("fd") and self.texts[i + 1] == "0"

    def is_same_bound(self, i):
        position = self.tokens[i].start()
        return self.bounds_descriptors(i) or any(match.start() < position < match.end() for match in self.lessers)

    def is_failure(self, i):
        """Whether token I is the 1 of -1, which may be any negative number where nothing compares it."""
        return self.texts[i - 1] == "-" and self.texts[i - 2] in ("return", "=", "?", ":")

    def mutate_token(self, i, text):
        # {NULL, 0} is one value, and 0UL an argument that prctl(2) does not read.
        if self.tokens[i].lastgroup == "number" and self.texts[i - 2] != "NULL" and text != "0UL":
            if not self.bounds_descriptors(i - 1) and not self.is_failure(i):
                self.add("constant+1", i, i, f"({text} + 1)")
            self.add("constant-1", i, i, f"({text} - 1)")
        elif re.fullmatch(r"[resf]?[ug]id", text):
            self.add("ids", i, i, text[:-3] + {"u": "g", "g": "u"}[text[-3]] + "id")
        # A flag is a whole argument behind another one.
        elif re.fullmatch(FLAG, text) and self.texts[i - 1] == "," and self.texts[i + 1] in (",", ")"):
            self.add("zero", i, i, "0")
        elif text == "!" and self.texts[i - 1] != "(":
            self.add("not", i, i, "")
        for operator, pairs in REPLACEMENTS.items():
            if text in pairs and (operator == "assignment" or self.is_binary(i)) and not self.is_same_bound(i):
                self.add(operator, i, i, pairs[text])
        if text in ("&&", "||", "|", "&") and self.is_binary(i):
            ends = ENDS_OF[text]
            self.add("drop-right", i, self.operand_end(i, 1, ends), "")
            first = self.operand_end(i, -1, ends)
            if self.texts[first - 1] != text:
                self.add("drop-left", first, i, "")

    def mutate_condition(self, i, text):
        if text in ("if", "while"):
            first, last = i + 2, self.other[i + 1] - 1
            self.add("false", first, last, "0")
            if text == "if":
                self.add("true", first, last, "1")
        elif text == "?":
            first, last = self.operand_end(i, -1, ENDS_OF["?"]), i - 1
        else:
            return
        # The opposite of a comparison is made by "relation".
        if not {"==", "!="} & set(self.texts[first : last + 1]):
            condition = self.code[self.tokens[first].start() : self.tokens[last].end()]
            self.add("negate", first, last, f"!({condition})")

    def mutate_return(self, i, words):
        if self.texts[i] != "return" or self.texts[i + 1] == ";":
            return
        last = self.operand_end(i, 1, {";"})
        value = self.code[self.tokens[i + 1].start() : self.tokens[last].end()]
        for other in ("true", "false") if "bool" in words and "*" not in words else ("0", "-1"):
            # An enumerator or -1 is a failure to all callers alike.
            if other == "-1" and re.fullmatch("[A-Z]+_[A-Z_]+", value):
                continue
            if value not in (other, "NULL") or (value == "NULL" and other == "-1"):
                self.add(f"return-{other}", i + 1, last, other)

    def begins_statement(self, i):
        before = self.texts[i - 1]
        if before == ")":
            return self.texts[self.other[i - 1] - 1] in ("if", "for", "while")
        if before == ":":
            return bool({"case", "default"} & set(self.texts[max(0, i - 4) : i]))
        return before in (";", "{", "}", "else", "do") and self.texts[i] not in CLOSE

    def mutate_statement(self, i):
        first, second = self.texts[i : i + 2]
        is_simple = (
            first in ("break", "continue", "goto", "*", "(", "++", "--")
            or (first == "return" and second == ";")
            or (self.tokens[i].lastgroup == "name" and second in ASSIGNS_OR_CALLS)
        )
        if is_simple and first not in ("if", "for", "while", "switch", "sizeof", "int") and self.begins_statement(i):
            last = self.operand_end(i - 1, 1, {";"})
            if self.texts[last + 1] == ";":
                self.add("delete", i, last, "")


def main(arguments):
    if len(arguments) > 1 and arguments[0] == "--list":
        for path in arguments[1:]:
            for mutant in Source(path).mutants():
                print(mutant.name, mutant.function, mutant.line, sep="\t")
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        codes = [mutant.code() for mutant in Source(arguments[0].split(":")[0]).mutants() if mutant.name == arguments[0]]
        print(codes[0] if codes else sys.exit(f"mutate.py: no such mutant: {arguments[0]}"), end="")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
