# Cells with tabs between them, the first line is the header: as aligned text, or as Markdown with
# -v format=markdown. What begins with a letter in the second line stands left, all else right.
BEGIN { FS = "\t" }

format == "markdown" { gsub(/[|]/, "\\\\|") }

{
	if (NF > columns)
		columns = NF
	for (i = 1; i <= NF; i++) {
		cell[NR, i] = $i
		if (length($i) > width[i])
			width[i] = length($i)
		if (NR == 2)
			left[i] = $i ~ /^[a-z0-9].*[a-z]/
	}
}

END {
	markdown = format == "markdown"
	for (row = 1; row <= NR; row++) {
		line = markdown ? "|" : ""
		for (i = 1; i <= columns; i++) {
			text = sprintf((left[i] ? "%-" : "%") width[i] "s", cell[row, i])
			line = line (markdown ? " " text " |" : (i > 1 ? "  " : "") text)
		}
		print line
		if (markdown && row == 1) {
			line = "|"
			for (i = 1; i <= columns; i++)
				line = line (left[i] ? "---|" : "--:|")
			print line
		}
	}
}
