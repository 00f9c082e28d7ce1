# Draws what tests/demo prints, as an SVG of a terminal: dark by itself, so that it can be read on light and on dark pages.
#
#   tests/demo | awk -f tests/tools/draw-demo.awk >src/pictures/before-after.svg
#
# In the table, what differs is red before and green after.
BEGIN {
	LEFT = 24
	PITCH = 21
	WIDTH = 860
	COLUMN[1] = LEFT
	COLUMN[2] = LEFT + 200
	COLUMN[3] = LEFT + 420
	text("prompt", LEFT, "$ tests/demo")
	row++
}

function escaped(string) {
	gsub(/&/, "\\&amp;", string)
	gsub(/</, "\\&lt;", string)
	return string
}

# An element in the row that is being drawn.
function text(class, x, string) {
	lines = lines sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, 62 + row * PITCH, escaped(string))
}

function trimmed(string) {
	gsub(/^ +| +$/, "", string)
	return string
}

/^-+\+/ || (/^$/ && !shown) { next }
{ shown = 1 }
/^ +\| before +\|/ || /^[a-zA-Z][^|]*\| [^|]*\| / {
	split($0, cell, "|")
	head = trimmed(cell[1]) == ""
	differs = !head && trimmed(cell[2]) != trimmed(cell[3])
	if (!head)
		text("label", COLUMN[1], trimmed(cell[1]))
	text(head ? "head" : differs ? "before" : "same", COLUMN[2], trimmed(cell[2]))
	text(head ? "head" : differs ? "after" : "same", COLUMN[3], trimmed(cell[3]))
	row++
	next
}
{
	string = $0
	indent = sub(/^  /, "", string) ? 20 : 0
	if (string != "")
		text(indent ? "said" : "label", LEFT + indent, string)
	row++
}

END {
	height = 68 + row * PITCH
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height, WIDTH, height
	print "<title>tests/demo: redis as root before, and as uid 10001 with no capabilities after</title>"
	print "<style>"
	print "text { font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre; fill: #d7dde4 }"
	print ".label { fill: #9aa7b4 } .head, .prompt { fill: #ffffff; font-weight: bold } .before { fill: #ff8a80 } .after { fill: #7ee2a0 } .said { fill: #f0d58c }"
	print "</style>"
	printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"9\" fill=\"#161b22\" stroke=\"#57606a\"/>\n", WIDTH - 1, height - 1
	print "<circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#ff5f57\"/><circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#febc2e\"/><circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#28c840\"/>"
	printf "%s</svg>\n", lines
}
