# Draws the results: an SVG of horizontal bars, that can be read on light and on dark pages. A row
# for each volume with a panel for each case, and a row for start-up with one for each set of
# capabilities. All panels of a row have the same scale.
BEGIN {
	FS = "\t"
	WIDTH = 1000
	LEFT = 206   # of the first bar; the names stand before it
	GAP = 14     # between two panels
	VALUE = 108  # for the words behind a bar
	PITCH = 19   # from bar to bar
	BAR = 13
	TITLE["wrong"] = "all wrong"
	TITLE["right"] = "all right"
	TITLE["few"] = "1 % wrong"
}

# add(ROW, ITS TITLE, UNIT, PANEL, PROGRAM, VALUE, OF STEPDOWN): the first of its kind makes a row,
# a panel, a name.
function add(row, title, unit, panel, program, value, base) {
	if (!(row in row_number)) {
		row_number[row] = ++rows
		row_title[rows] = title
		row_unit[rows] = unit
	}
	row = row_number[row]
	if (!((row, panel) in panel_number)) {
		panel_number[row, panel] = ++panels[row]
		panel_title[row, panels[row]] = panel
	}
	panel = panel_number[row, panel]
	if (!((row, program) in name_number)) {
		name_number[row, program] = ++names[row]
		name[row, names[row]] = program
	}
	program = name_number[row, program]
	bar[row, panel, program] = value
	ratio[row, panel, program] = value / base
	if (value > largest[row])
		largest[row] = value
}

# 1000000 as people write it.
function thousands(number, text) {
	text = ""
	while (length(number) > 3) {
		text = "," substr(number, length(number) - 2) text
		number = substr(number, 1, length(number) - 3)
	}
	return number text
}

$1 == "ownership" {
	add($2 " " $3 " " $4, thousands($2) " files, " $3 ", " $4 " cache", "s", TITLE[$5], $6, $8 / 1e6, $9 / 1e6)
}

$1 == "startup" && $3 != "bare exec" {
	add("startup", "Start-up", "us", $2, $3, $5 - $6, $7 - $6)
}

function escape(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

function put_text(x, y, class, anchor, text) {
	printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y, class, anchor, escape(text)
}

# The largest of 1, 2 and 5 times a power of ten that goes at least twice into the value.
function tick_of(value, tick) {
	tick = 1e-6
	while (tick * 10 <= value / 2)
		tick *= 10
	if (tick * 5 <= value / 2)
		return tick * 5
	return tick * 2 <= value / 2 ? tick * 2 : tick
}

function put_axis(row, x, y, width, tick, at) {
	printf "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", x, y, x + width
	tick = tick_of(largest[row])
	for (at = 0; at <= largest[row] * 1.0001; at += tick) {
		printf "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>\n", x + at / largest[row] * width, y
		put_text(x + at / largest[row] * width, y + 16, "small", "middle", sprintf("%.6g", at))
	}
	put_text(x + width / 2, y + 31, "small", "middle", \
		row_unit[row] == "s" ? "seconds (median)" : "microseconds over a bare exec (median)")
}

function put_panel(row, panel, x, y, width, i, at, value, class, length_of_bar) {
	put_text(x, y - 7, "panel", "start", panel_title[row, panel])
	for (i = 1; i <= names[row]; i++) {
		at = y + (i - 1) * PITCH
		if (!((row, panel, i) in bar)) {
			put_text(x + 4, at + BAR - 2, "small", "start", "-")
			continue
		}
		value = bar[row, panel, i]
		class = name[row, i] ~ /^stepdown/ ? "own" : name[row, i] ~ /^floor/ ? "floor" : "other"
		length_of_bar = (value > 0 ? value : 0) / largest[row] * width
		printf "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n", class, x, at, \
			length_of_bar, BAR
		put_text(x + length_of_bar + 5, at + BAR - 2, "value", "start", \
			sprintf(row_unit[row] != "s" ? "%.0f µs" : value < 0.1 ? "%.3f s" : "%.2f s", value) \
			sprintf(ratio[row, panel, i] < 10 ? ", %.2f×" : ", %.0f×", ratio[row, panel, i]))
	}
	put_axis(row, x, y + names[row] * PITCH + 2, width)
}

function put_row(row, y, panel, i, width) {
	put_text(12, y + 20, "title", "start", row_title[row])
	y += 54
	for (i = 1; i <= names[row]; i++)
		put_text(LEFT - 8, y + (i - 1) * PITCH + BAR - 2, "value", "end", name[row, i])
	width = (WIDTH - LEFT) / panels[row]
	for (panel = 1; panel <= panels[row]; panel++)
		put_panel(row, panel, LEFT + (panel - 1) * width, y, width - VALUE - GAP)
}

END {
	for (row = 1; row <= rows; row++)
		height += names[row] * PITCH + 104
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", \
		WIDTH, height + 30, WIDTH, height + 30
	print "<style>"
	print ".page { fill: #ffffff } text { font: 12px sans-serif; fill: #1f2328 }"
	print ".title { font-size: 16px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 }"
	print ".small { font-size: 11px; fill: #59636e } .axis { stroke: #818b98; fill: none }"
	print ".own { fill: #0969da } .other { fill: #afb8c1 } .floor { fill: #8bc99a }"
	print "@media (prefers-color-scheme: dark) {"
	print ".page { fill: #0d1117 } text { fill: #f0f6fc } .small { fill: #9198a1 } .axis { stroke: #656c76 }"
	print ".own { fill: #4493f8 } .other { fill: #656c76 } .floor { fill: #2f6f3e } }"
	print "</style>"
	printf "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", WIDTH, height + 30
	for (row = 1; row <= rows; row++) {
		put_row(row, y)
		y += names[row] * PITCH + 104
	}
	put_text(12, height + 14, "small", "start", \
		"Behind each bar its length, and as a multiple of stepdown's. Shorter is better. Green: the least that the kernel allows.")
	print "</svg>"
}
