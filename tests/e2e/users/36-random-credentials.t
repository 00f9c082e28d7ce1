#!/bin/bash
# S1 to S13 and S30 from random credentials: whatever sets, securebits, ids and groups a start finds, the command has exactly what was
# asked for, or there is no command. The judge is credentials.c, which knows the promises and none of the program's code.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

seed=$(random_seed)
tree=$work/credentials
mkdir -p "$tree/etc"
install_stepdown "$tree" "$tree/stepdown"
install -m 755 "$shared/tools/credentials" "$tree/credentials"
capture chroot "$tree" /credentials "$seed" "$(sample 1000 100000)"
diag "$output"
result "S12_random_credentials: the command has what was asked for, or there is none, seed $seed" 0

done_testing
