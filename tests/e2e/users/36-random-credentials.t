#!/bin/bash
# S1 to S13 and S30 from random credentials: whatever sets, securebits, ids and groups a start finds, the command has exactly what was
# asked for, or there is no command. The judge is tools/credentials, which knows the promises and none of the program's code.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools
need_commands capsh python3

seed=$(random_seed)
tree=$work/credentials
mkdir "$tree"
install_stepdown "$tree" "$tree/stepdown"
install -m 755 "$shared/tools/probe" "$tree/probe"
capture "$e2e_directory/../tools/credentials" "$seed" "$(sample 300 100000)" "$tree"
diag "$output"
result "S12_random_credentials: the command has what was asked for, or there is none, seed $seed" 0

done_testing
