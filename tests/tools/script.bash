# The beginning of the scripts in tests: $root, a directory $work that goes away with the script, and `ok`.

set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=place.bash
source "$root/tests/tools/place.bash"
work=$(mktemp -d "$place/stepdown-${0##*/}.XXXXXX") || exit
trap 'trap : INT TERM; rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# The unprivileged users of the tests look in.
chmod 755 "$work"
unset CC CFLAGS CPPFLAGS LDFLAGS
# shellcheck source-path=SCRIPTDIR source=../unit/tap.sh
source "$root/tests/unit/tap.sh"
# shellcheck source-path=SCRIPTDIR source=mirror.bash
source "$root/tests/tools/mirror.bash"
