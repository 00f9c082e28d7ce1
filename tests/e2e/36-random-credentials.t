#!/bin/bash
# S1 to S13 and S30 from random credentials: whatever sets, securebits, ids and groups a start finds, the command has exactly what was
# asked for, or there is no command. The judge is credentials.c, which knows the promises and none of the program's code.
#
#   STEPDOWN_CREDENTIALS        how many starts (default 1000; 100000 now and then)
#   STEPDOWN_CREDENTIALS_SEED   what all cases follow from (default: the time)

# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
need_tools

seed=${STEPDOWN_CREDENTIALS_SEED:-$(date +%s)}
tree=$work/credentials
mkdir -p "$tree/etc"
install_stepdown "$tree" "$tree/stepdown"
install -m 755 "$shared/tools/credentials" "$tree/credentials"
capture chroot "$tree" /credentials "$seed" "${STEPDOWN_CREDENTIALS:-1000}"
diag "$output"
result "S12_random_credentials: the command has what was asked for, or there is none, seed $seed" 0

done_testing
