#!/usr/bin/env python3
"""Makes mutants of C files: copies with one small mistake each.

    mutate.py --list FILE...   prints FILE:LINE:COLUMN:OPERATOR, the function and the line of each mutant
    mutate.py NAME             prints the file with this mistake

A lexer reads the file. Comments, strings and preprocessor lines stay as they are. The lexer relies on
clang-format: a binary operator has a blank on both sides, and a function begins at the margin.
"""

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

# Operator of the mutant: what stands in the source, and what replaces it.
REPLACEMENTS = {
    "relation": {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="},
    "logic": {"&&": "||", "||": "&&"},
    "arithmetic": {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "<<": ">>", ">>": "<<",
                   "&": "|", "|": "&", "^": "&"},
    "assignment": {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "++": "--", "--": "++"},
}
FLAG = r"(AT|LOCK|MAP|O|RENAME|RESOLVE|S)_[A-Z_]+|[A-Z_]+_FLAGS"
# Tokens that end the operand of an operator. Brackets end it too.
ENDS = {",", ";", "?", ":", "=", "+=", "-=", "|=", "&=", "return", "case", "{", "}"}
ENDS_OF = {"?": ENDS, "||": ENDS | {"||"}}
ENDS_OF["&&"] = ENDS_OF["||"] | {"&&"}
ENDS_OF["|"] = ENDS_OF["&&"] | {"|", "==", "!="}
ENDS_OF["&"] = ENDS_OF["|"] | {"&"}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class Token:
    def __init__(self, kind, text, start):
        self.kind, self.text, self.start, self.end = kind, text, start, start + len(text)


class Mutant:
    """The characters from START to END are replaced by TEXT."""

    def __init__(self, source, operator, start, end, text):
        self.source, self.operator, self.start, self.end, self.text = source, operator, start, end, text
        before = source.code.rfind("\n", 0, start) + 1
        self.number = source.code.count("\n", 0, start) + 1
        self.column = start - before + 1
        self.line = source.code[before : source.code.find("\n", start)].strip()
        self.function = source.function_at(start)
        self.folder = source.path.rpartition("/")[0]
        self.name = f"{source.path}:{self.number}:{self.column}:{operator}"
        self.description = ""  # outlives a shift of lines; set when all mutants of the file are known

    def code(self):
        return self.source.code[: self.start] + self.text + self.source.code[self.end :]


class Source:
    def __init__(self, path, name=None):
        with open(path, encoding="ascii") as file:
            self.code = file.read()
        self.path = name or path
        self.tokens = [Token(m.lastgroup, m[0], m.start()) for m in TOKEN.finditer(self.code) if m.lastgroup != "skip"]
        self.match_brackets()
        self.find_functions()

    def match_brackets(self):
        self.other, opened = {}, []
        for i, token in enumerate(self.tokens):
            if token.text in OPEN:
                opened.append(i)
            elif token.text in CLOSE:
                self.other[i] = opened.pop()
                self.other[self.other[i]] = i

    def find_functions(self):
        """Each function: from, to, name, the words of its type."""
        self.functions = []
        for i, token in enumerate(self.tokens):
            if token.text != "{" or self.code[token.start - 1] != "\n" or self.tokens[i - 1].text != ")":
                continue
            name = first = self.other[i - 1] - 1
            while first > 0 and self.tokens[first - 1].text not in (";", "}"):
                first -= 1
            words = {word.text for word in self.tokens[first:name]}
            self.functions.append((i, self.other[i], self.tokens[name].text, words))

    def function_at(self, position):
        for begin, end, name, _ in self.functions:
            if self.tokens[begin].start <= position <= self.tokens[end].start:
                return name
        return "-"

    def is_binary(self, i):
        token = self.tokens[i]
        return self.code[token.start - 1].isspace() and self.code[token.end].isspace()

    def is_argument(self, i):
        """Whether token I is a whole argument behind another one, as a flag is."""
        return self.tokens[i - 1].text == "," and self.tokens[i + 1].text in (",", ")")

    def right_end(self, i, ends):
        """The last token of the operand behind token I."""
        i += 1
        while self.tokens[i].text not in ends and self.tokens[i].text not in CLOSE:
            i = self.other[i] + 1 if self.tokens[i].text in OPEN else i + 1
        return i - 1

    def left_start(self, i, ends):
        """The first token of the operand in front of token I."""
        i -= 1
        while self.tokens[i].text not in ends and self.tokens[i].text not in OPEN:
            i = self.other[i] - 1 if self.tokens[i].text in CLOSE else i - 1
        return i + 1

    def mutants(self):
        self.found = []
        for i, token in enumerate(self.tokens):
            self.mutate_token(i, token)
            self.mutate_condition(i, token)
        for begin, end, _, words in self.functions:
            for i in range(begin + 1, end):
                self.mutate_return(i, words)
                self.mutate_statement(i)
        self.found.sort(key=lambda mutant: (mutant.start, mutant.operator))
        counts = {}
        for mutant in self.found:
            key = (mutant.function, mutant.operator, mutant.line)
            counts[key] = counts.get(key, 0) + 1
            mutant.description = f"{self.path} {mutant.function} {mutant.operator} {counts[key]}: {mutant.line}"
        return self.found

    def add(self, operator, first, last, text):
        self.found.append(Mutant(self, operator, self.tokens[first].start, self.tokens[last].end, text))

    def text(self, first, last):
        return self.code[self.tokens[first].start : self.tokens[last].end]

    def mutate_token(self, i, token):
        # {NULL, 0} is one value, and 0UL an argument that prctl(2) does not read.
        if token.kind == "number" and self.tokens[i - 2].text != "NULL" and token.text != "0UL":
            self.add("constant+1", i, i, f"({token.text} + 1)")
            self.add("constant-1", i, i, f"({token.text} - 1)")
        elif token.kind == "name" and re.fullmatch(r"[resf]?[ug]id", token.text):
            exchanged = token.text[:-3] + {"u": "g", "g": "u"}[token.text[-3]] + "id"
            self.add("ids", i, i, exchanged)
        elif re.fullmatch(FLAG, token.text) and self.is_argument(i):
            self.add("zero", i, i, "0")
        elif token.text == "!" and self.tokens[i - 1].text != "(":
            self.add("not", i, i, "")
        for operator, pairs in REPLACEMENTS.items():
            if token.text in pairs and (operator == "assignment" or self.is_binary(i)):
                self.add(operator, i, i, pairs[token.text])
        if token.text in ("&&", "||", "|", "&") and self.is_binary(i):
            ends = ENDS_OF[token.text]
            self.add("drop-right", i, self.right_end(i, ends), "")
            first = self.left_start(i, ends)
            if self.tokens[first - 1].text != token.text:
                self.add("drop-left", first, i, "")

    def mutate_condition(self, i, token):
        if token.text in ("if", "while"):
            first, last = i + 2, self.other[i + 1] - 1
            self.add("false", first, last, "0")
            if token.text == "if":
                self.add("true", first, last, "1")
        elif token.text == "?":
            first, last = self.left_start(i, ENDS_OF["?"]), i - 1
        else:
            return
        # The opposite of a comparison is made by "relation".
        if not any(t.text in ("==", "!=") for t in self.tokens[first : last + 1]):
            self.add("negate", first, last, f"!({self.text(first, last)})")

    def mutate_return(self, i, words):
        if self.tokens[i].text != "return" or self.tokens[i + 1].text == ";":
            return
        last = self.right_end(i, {";"})
        value = self.text(i + 1, last)
        for other in ("true", "false") if "bool" in words and "*" not in words else ("0", "-1"):
            if value not in (other, "NULL") or (value == "NULL" and other == "-1"):
                self.add(f"return-{other}", i + 1, last, other)

    def begins_statement(self, i):
        before = self.tokens[i - 1].text
        if before == ")":
            opened = self.other[i - 1]
            return self.tokens[opened - 1].text in ("if", "for", "while")
        if before == ":":
            return any(t.text in ("case", "default") for t in self.tokens[max(0, i - 4) : i])
        return before in (";", "{", "}", "else", "do") and self.tokens[i].text not in CLOSE

    def mutate_statement(self, i):
        first, second = self.tokens[i].text, self.tokens[i + 1].text
        if not self.begins_statement(i):
            return
        if not (
            first in ("break", "continue", "goto", "*", "(", "++", "--")
            or (first == "return" and second == ";")
            or (self.tokens[i].kind == "name" and second in ("(", "[", ".", "->", "=", "+=", "-=", "|=", "&=", "++", "--"))
        ) or first in ("if", "for", "while", "switch", "sizeof"):
            return
        last = self.right_end(i - 1, {";"})
        if self.tokens[last + 1].text == ";":
            self.add("delete", i, last, "")


def main(arguments):
    if len(arguments) > 1 and arguments[0] == "--list":
        for path in arguments[1:]:
            for mutant in Source(path).mutants():
                print(mutant.name, mutant.function, mutant.line, sep="\t")
        return 0
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        for mutant in Source(arguments[0].split(":")[0]).mutants():
            if mutant.name == arguments[0]:
                print(mutant.code(), end="")
                return 0
        print(f"mutate.py: no such mutant: {arguments[0]}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
