# Of lines "name, microseconds, KiB, KiB", sorted by these: "name, rounds, median, peak, peak" for
# each name.
BEGIN { FS = "\t" }

function finish() {
	if (count > 0)
		printf "%s\t%d\t%.1f\t%d\t%d\n", name, count, \
			(time[int((count + 1) / 2)] + time[int(count / 2) + 1]) / 2, peak, anonymous
	count = peak = anonymous = 0
}

$1 != name {
	finish()
	name = $1
}

{
	time[++count] = $2
	if ($3 > peak)
		peak = $3
	if ($4 > anonymous)
		anonymous = $4
}

END { finish() }
