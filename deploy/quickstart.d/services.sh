# The processes, as a table: one row each.  runit supervises them (and systemd runit, where it is the init), so what dies comes back.

# name|command
service_table() {
    local b=$dir/bin
    cat <<TXT
postgres|$pg_bin/postgres -D $dir/postgres
controller|$b/dms-controller --config $dir/etc/controller.conf
master-named|/usr/sbin/named -f -n 1 -c $dir/master/named.conf
master-agent|$b/dms-agent --config $dir/etc/master-agent.conf
slave1-named|/usr/sbin/named -f -n 1 -c $dir/slave1/named.conf
slave1-agent|$b/dms-agent --config $dir/etc/slave1-agent.conf
slave2-named|/usr/sbin/named -f -n 1 -c $dir/slave2/named.conf
slave2-agent|$b/dms-agent --config $dir/etc/slave2-agent.conf
TXT
}
service_names() { service_table | cut -d'|' -f1; }

write_services() {
    local name command new
    while IFS='|' read -r name command; do
        new=$dir/service.new/$name
        mkdir -p "$new/log" "$dir/log/$name"
        # PostgreSQL must stop fast (SIGINT); runit's TERM would wait for clients.
        [ "$name" != postgres ] || {
            mkdir -p "$new/control"
            printf '#!/bin/sh\nkill -INT "$(cat %s)"\n' "$new/supervise/pid" | sed "s|service.new|service|" >"$new/control/t"
            chmod +x "$new/control/t"
        }
        printf '#!/bin/sh\nexec 2>&1\nexec %s\n' "$command" >"$new/run"
        printf '#!/bin/sh\nexec svlogd -tt %s\n' "$dir/log/$name" >"$new/log/run"
        chmod +x "$new/run" "$new/log/run"
        [ -d "$dir/service/$name" ] || { mkdir -p "$dir/service" && cp -a "$new" "$dir/service/$name" && touch "$dir/service/$name/down"; }
        install -m 755 "$new/run" "$dir/service/$name/run"
    done < <(service_table)
    rm -rf "$dir/service.new"
}

supervisor_pid() {
    local pid
    [ -f "$dir/supervisor.pid" ] || return 1
    pid=$(cat "$dir/supervisor.pid")
    grep -qs runsvdir "/proc/$pid/comm" && echo "$pid"
}
supervisor_unit() { systemd-escape --suffix=service "dms-quickstart$dir"; }
start_supervisor() {
    supervisor_pid >/dev/null && return 0
    if [ -d /run/systemd/system ]; then
        $sudo systemd-run --quiet --unit "$(supervisor_unit)" --property=Restart=always --property=User="$run_user" \
            sh -c "echo \$\$ >$dir/supervisor.pid; exec runsvdir -P $dir/service"
    else
        as_user sh -c "echo >$dir/supervisor.log; setsid sh -c 'echo \$\$ >$dir/supervisor.pid; exec runsvdir -P $dir/service' </dev/null >>$dir/supervisor.log 2>&1 &"
    fi
    wait_for 10 supervisor supervisor_pid
}

svc() { as_user env SVDIR="$dir/service" SVWAIT=20 sv "$@"; }
start_service() {
    rm -f "$dir/service/$1/down"
    wait_for 15 "supervision of $1" test -p "$dir/service/$1/supervise/ok"
    svc up "$1"
}
service_state() { # "run 1234" or "down -"
    local pid
    pid=$(cat "$dir/service/$1/supervise/pid" 2>/dev/null || true)
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then echo "$pid running"; else echo "- down"; fi
}
show_status() {
    local name pid state bad=0
    for name in $(service_names); do
        read -r pid state < <(service_state "$name")
        printf '%-14s %8s  %s\n' "$name" "$pid" "$state"
        [ "$state" = running ] || bad=1
    done
    return $bad
}

stop_all() {
    local pid name
    [ -d "$dir/service" ] || return 0
    if pid=$(supervisor_pid); then
        for name in $(service_order_down); do
            [ ! -p "$dir/service/$name/supervise/ok" ] || svc force-stop "$name" >/dev/null || true
            touch "$dir/service/$name/down"
        done
        if [ -d /run/systemd/system ]; then
            $sudo systemctl stop "$(supervisor_unit)" || true
        fi
        kill -HUP "$pid" 2>/dev/null || true # runsvdir ends its runsv and logs, then itself
        wait_for 10 "stop" supervisor_gone || true
    fi
    rm -f "$dir/supervisor.pid"
}
supervisor_gone() { ! supervisor_pid; }
service_order_down() { printf '%s\n' master-agent slave1-agent slave2-agent controller master-named slave1-named slave2-named postgres; }
remove_all() { rm -rf "$dir"; }
