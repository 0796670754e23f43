# Small things that every part of the quickstart uses.  Sourced by deploy/quickstart.

die() { echo "quickstart: $*" >&2; exit 1; }

# step TITLE COMMAND...: one line of progress; a failure says which step, why, and where the log is.
step() {
    local title=$1 t0 t1 status
    shift
    printf '%-58s ' "$title"
    t0=$(date +%s%N)
    # Not as a condition: the shell would go on after a failing command inside.
    set +e
    (set -e; "$@") >>"$step_log" 2>&1
    status=$?
    set -e
    if [ $status -eq 0 ]; then
        t1=$(date +%s%N)
        printf '%6d ms\n' $(((t1 - t0) / 1000000))
    else
        printf 'FAILED\n\n' >&2
        echo "quickstart: step \"$title\" failed; the last lines of $step_log:" >&2
        tail -n 15 "$step_log" | sed 's/^/    /' >&2
        exit 1
    fi
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local limit=$1 what=$2 t0=$SECONDS
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $((SECONDS - t0)) -ge "$limit" ]; then
            echo "$what: not ready after $limit s"
            "$@" || return 1
        fi
        sleep 0.05
    done
}

# Everything runs as an unprivileged user: the caller, or for root a system user of its own.
choose_user() {
    if [ "$(id -u)" -eq 0 ]; then
        run_user=dms-quickstart
        sudo=""
    else
        run_user=$(id -un)
        sudo=sudo
    fi
}
make_user() {
    id "$run_user" >/dev/null 2>&1 ||
        useradd --system --user-group --home-dir / --shell /usr/sbin/nologin "$run_user"
}
# as_user COMMAND...: as the unprivileged user, in a directory that it can read.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid="$run_user" --regid="$run_user" --init-groups -- "$@")
    else
        (cd / && "$@")
    fi
}

# Root's checkout may lie where the unprivileged user may not even look (such as root's home): then the data live in /var/lib.
choose_dir() {
    if [ -n "$1" ]; then
        mkdir -p "$1" || die "directory \"$1\" cannot be made"
        dir=$(cd "$1" && pwd) || die "directory \"$1\" cannot be entered"
    else
        dir=$top/var/quickstart
        if [ "$(id -u)" -eq 0 ] && ! reachable "$top"; then
            dir=/var/lib/dms-quickstart
        fi
    fi
}
reachable() { # every folder above is open to others
    local p=$1
    while [ "$p" != / ]; do
        [ $((0$(stat -c %a "$p") & 1)) -eq 1 ] || return 1
        p=$(dirname "$p")
    done
}

require_up() {
    [ -f "$dir/settings" ] || die "nothing in $dir yet: run deploy/quickstart first"
    . "$dir/settings"
}

# A free TCP and UDP port of 127.0.0.1 below the kernel's ephemeral range; `taken` collects those already given out.
taken=" "
free_port() {
    local used port
    used=$(ss -Hlntu | awk '{n = split($5, a, ":"); print a[n]}')
    while :; do
        port=$((RANDOM % 10000 + 20000))
        case $taken in *" $port "*) continue ;; esac
        grep -qx "$port" <<<"$used" || break
    done
    taken="$taken$port "
    free_port_result=$port
}
random_password() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }
