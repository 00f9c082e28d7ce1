#!/bin/bash
# What a start costs where users feel it: system calls and page faults, with the capabilities that Docker gives. Time is for tests/bench.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools
install -m 755 "$STEPDOWN" "$work/stepdown"

capture "$shared/tools/start_cost" "$work/stepdown" --user 1000:1000 "$shared/tools/nothing"
calls=$(sed -n 's/^calls //p' <<<"$output")
faults=$(sed -n 's/^faults //p' <<<"$output")
result "a start with Docker's capabilities is measured" 0
diag "a start: $calls system calls, $faults page faults"
ok "a start costs at most 100 system calls" test "$calls" -gt 40 -a "$calls" -le 100
ok "a start costs at most 32 page faults" test "$faults" -gt 5 -a "$faults" -le 32
done_testing
