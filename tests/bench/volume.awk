# Of the results: the table of one volume, for table.awk. -v volume="FILES FILESYSTEM CACHE",
# -v cases="wrong right ...", -v titles="all wrong;all right;..."
BEGIN {
	count = split(cases, case_of, " ")
	split(titles, title, ";")
}

$1 == "ownership" && $2 " " $3 " " $4 == volume {
	if (!($6 in seen)) {
		seen[$6] = 1
		name[++programs] = $6
	}
	time[$5, $6] = sprintf($8 < 1e5 ? "%.4f" : "%.3f", $8 / 1e6)
	ratio[$5, $6] = sprintf("%.2f", $8 / $9)
	if ($6 !~ /^stepdown/ && $10 + 0 > peak[$6] + 0)
		peak[$6] = $10
	calls[$5, $6] = $11
}

# What was seen is surer than what the kernel says of a small program.
$1 == "memory" && $2 " " $3 " " == substr(volume, 1, length($2 " " $3 " ")) {
	peak[$4] = $5
}

function cell(values, i, program) {
	return (case_of[i], program) in values && values[case_of[i], program] != "" ? \
		values[case_of[i], program] : "-"
}

END {
	line = "program"
	for (i = 1; i <= count; i++)
		line = line "\t" title[i] "\tx"
	line = line "\tpeak KiB"
	for (i = 1; i <= count; i++)
		line = line "\tcalls, " title[i]
	print line
	for (p = 1; p <= programs; p++) {
		line = name[p]
		for (i = 1; i <= count; i++)
			line = line "\t" cell(time, i, name[p]) "\t" cell(ratio, i, name[p])
		line = line "\t" (peak[name[p]] ? peak[name[p]] : "-")
		for (i = 1; i <= count; i++)
			line = line "\t" cell(calls, i, name[p])
		print line
	}
}
