# What `up` does, in order.

packages_run="postgresql-15 bind9 bind9-utils bind9-dnsutils runit iproute2 libczmq4 libprotobuf-c1 libpq5 libmicrohttpd12 libgnutls30 libjansson4 libknot13 libzscanner4 libdnssec9 libcurl4 libreadline8 libinih1 libsystemd0 libsodium23"
packages_build="gcc cmake ninja-build pkg-config libczmq-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libpq-dev libmicrohttpd-dev libgnutls28-dev libjansson-dev libknot-dev libcurl4-openssl-dev libreadline-dev libinih-dev libsystemd-dev libsodium-dev"
pg_bin=/usr/lib/postgresql/15/bin

quickstart_up() {
    local first=no t0=$SECONDS
    [ -f "$dir/settings" ] || first=yes
    step_log=$(mktemp)
    trap 'rm -f "$step_log"' EXIT
    [ "$(id -u)" -ne 0 ] || step "user $run_user" make_user
    step "packages" install_packages
    step "build (release)" build
    step "directory $dir" prepare_dir
    mv "$step_log" "$dir/log/quickstart.log" && step_log=$dir/log/quickstart.log
    trap - EXIT
    . "$dir/settings"
    step "install programs" install_programs
    step "database cluster" make_cluster
    step "configuration and keys" write_config
    step "supervisor" prepare_services
    step "PostgreSQL" start_and_wait postgres as_user "$pg_bin/pg_isready" -q -h "$dir/run"
    step "schema" migrate
    for n in master slave1 slave2; do
        step "named and agent: $n" start_name_server "$n"
    done
    step "controller" start_and_wait controller test -S "$dir/run/dms.sock"
    step "controller answers" wait_for 20 controller run_tool show_dms_status
    if [ ! -f "$dir/enrolled" ]; then
        step "server group, servers, account" enrol
    fi
    step "every server is OK" wait_for 30 "servers" servers_ok
    if [ "$first" = yes ] || [ ! -f "$dir/sampled" ]; then
        show_sample
        touch "$dir/sampled"
    fi
    echo
    show_status
    echo
    echo "ready after $((SECONDS - t0)) s, $(memory_mb) MB of memory in all; everything is in $dir"
    print_next
}

install_packages() {
    local missing="" p wanted="$packages_run"
    [ -n "${DMS_BIN_DIR:-}" ] || wanted="$wanted $packages_build"
    for p in $wanted; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    echo "installing$missing"
    # The packages' own services must not start: everything here has its own directory and ports.
    local policy=/usr/sbin/policy-rc.d made=no status=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod +x $policy && made=yes
    fi
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        $sudo mkdir -p /etc/postgresql-common/createcluster.d
        echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.d/dms-quickstart.conf >/dev/null
    fi
    { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } || status=$?
    [ $made = no ] || $sudo rm -f $policy
    return $status
}

# DMS_BIN_DIR (tests): take the programs from there instead of building.
build() {
    [ -z "${DMS_BIN_DIR:-}" ] || return 0
    (cd "$top" && cmake --preset release && cmake --build --preset release)
}

prepare_dir() {
    mkdir -p "$dir"/{bin,etc,run,log,share,work}
    if [ ! -f "$dir/settings" ]; then
        local n
        {
            for n in http_port link_port; do free_port && echo "$n=$free_port_result"; done
            for n in master slave1 slave2; do
                free_port && echo "${n}_dns=$free_port_result"
                free_port && echo "${n}_control=$free_port_result"
                free_port && echo "${n}_notify=$free_port_result"
            done
            echo "dms_password=$(random_password)"
        } >"$dir/settings.new"
        chmod 600 "$dir/settings.new"
        mv "$dir/settings.new" "$dir/settings"
    fi
    own_dir
    as_user test -w "$dir" || {
        echo "user $run_user cannot write in $dir: may it enter every folder above?"
        return 1
    }
}
own_dir() { [ "$(id -u)" -ne 0 ] || chown -R "$run_user:" "$dir"; }

install_programs() {
    local from=${DMS_BIN_DIR:-$top/build/release}
    install -m 755 "$from/dms-controller" "$from/dms-agent" "$from/zone_tool" "$dir/bin/"
    rm -rf "$dir/share/sql" "$dir/share/bind"
    cp -r "$top/sql" "$top/deploy/bind" "$dir/share/"
    cp "$here/quickstart.d/sample.zone" "$dir/share/"
    own_dir
}

make_cluster() {
    [ -f "$dir/postgres/PG_VERSION" ] && return 0
    as_user "$pg_bin/initdb" -D "$dir/postgres" -U dms_admin -A peer --auth-local=trust -E UTF8 --locale=C.UTF-8
    # Small: a sample cluster on one machine.  Nobody but the own user may use its socket: it trusts whoever does.
    as_user tee -a "$dir/postgres/postgresql.conf" >/dev/null <<TXT
listen_addresses = ''
unix_socket_directories = '$dir/run'
unix_socket_permissions = 0700
shared_buffers = 16MB
max_connections = 30
max_wal_size = 256MB
wal_compression = lz4
jit = off
logging_collector = off
autovacuum_naptime = 30s
TXT
}

write_config() {
    chmod 711 "$dir/run" # others may reach the controller's socket, which judges by peer credentials
    chmod 700 "$dir/etc"
    local n
    controller_config >"$dir/etc/controller.conf"
    own_dir
    [ -s "$dir/etc/controller.key" ] || as_user "$dir/bin/dms-controller" --config "$dir/etc/controller.conf" --init-keys
    for n in master slave1 slave2; do
        mkdir -p "$dir/$n"/{zones,work,state}
        agent_config "$n" >"$dir/etc/$n-agent.conf"
        own_dir
        as_user "$dir/bin/dms-agent" --config "$dir/etc/$n-agent.conf" --init --role "${n%[12]}"
    done
    printf 'quickstart:%s\n' "$dms_password" >"$dir/etc/credentials"
    chmod 600 "$dir/etc/credentials"
    own_dir
}
controller_config() {
    cat <<TXT
[database]
conninfo = host=$dir/run dbname=dms user=dms_controller
migrate_conninfo = host=$dir/run dbname=dms user=dms_admin
[http]
socket = $dir/run/dms.sock
http_listen = 127.0.0.1:$http_port
[link]
endpoint = tcp://127.0.0.1:$link_port
key_file = $dir/etc/controller.key
[sql]
dir = $dir/share/sql
TXT
}
agent_config() {
    local n=$1 dns control notify controller_key
    eval "dns=\$${n}_dns control=\$${n}_control notify=\$${n}_notify"
    controller_key=$(as_user "$dir/bin/dms-controller" --config "$dir/etc/controller.conf" --public-key)
    cat <<TXT
[agent]
controller = tcp://127.0.0.1:$link_port
controller_key = $controller_key
key_file = $dir/etc/$n-agent.key
state_dir = $dir/$n/state
[bind]
template = $dir/share/bind/${n%[12]}.conf.tmpl
named_conf = $dir/$n/named.conf
work_dir = $dir/$n/work
zone_dir = $dir/$n/zones
listen = 127.0.0.1
listen_v6 = none
dns_address = 127.0.0.1
dns_port = $dns
control_address = 127.0.0.1
control_port = $control
control_key_file = $dir/$n/control.key
update_key_file = $dir/$n/update.key
notify_address = 127.0.0.1
notify_port = $notify
TXT
}

prepare_services() { write_services; own_dir; start_supervisor; }
start_and_wait() {
    local name=$1
    shift
    start_service "$name"
    wait_for 30 "$name" "$@" || { tail -n 20 "$dir/log/$name/current"; return 1; }
}
sql() { as_user psql -X -q -v ON_ERROR_STOP=1 -h "$dir/run" -U dms_admin "$@"; }
migrate() {
    [ "$(sql -At -d postgres -c "select count(*) from pg_database where datname = 'dms'")" = 1 ] || sql -d postgres -c 'create database dms'
    as_user "$dir/bin/dms-controller" --config "$dir/etc/controller.conf" --migrate
}
start_name_server() {
    local n=$1 port
    eval "port=\$${n}_dns"
    start_and_wait "$n-named" name_server_answers "$port"
    start_service "$n-agent"
}
name_server_answers() { dig +tries=1 +time=1 +short @127.0.0.1 -p "$1" version.bind CH TXT; }

run_tool() { DMS_SOCKET=$dir/run/dms.sock "$dir/bin/zone_tool" "$@"; }
agent_key() { as_user "$dir/bin/dms-agent" --config "$dir/etc/$1-agent.conf" --public-key; }
enrol() {
    local n port
    run_tool create_sg -p replica
    run_tool create_sg public
    run_tool set_config default_sg public
    run_tool set_config soa_mname ns1.quickstart.test. -g public
    run_tool set_config soa_rname hostmaster.quickstart.test.
    run_tool set_apex_ns public ns1.quickstart.test. ns2.quickstart.test.
    run_tool create_server -g replica --role master --port "$master_dns" --key "$(agent_key master)" master 127.0.0.1
    for n in slave1 slave2; do
        eval "port=\$${n}_dns"
        run_tool create_server -g public --port "$port" --key "$(agent_key $n)" $n 127.0.0.1
    done
    for n in master slave1 slave2; do run_tool enable_server $n; done
    printf '%s\n' "$dms_password" | as_user "$dir/bin/dms-controller" --config "$dir/etc/controller.conf" --set-account /admin_dms quickstart
    touch "$dir/enrolled"
    own_dir
}
servers_ok() { [ "$(run_tool ls_server -v | grep -cw OK)" -ge 3 ]; }

sample=sample.test
dig_slaves() {
    local n port
    for n in slave1 slave2; do
        eval "port=\$${n}_dns"
        echo "    dig +short @127.0.0.1 -p $port $1    # $n"
        dig +short +tries=2 +time=2 @127.0.0.1 -p "$port" $1 | sed 's/^/        /'
    done
}
show_sample() {
    echo
    echo "loading $sample from deploy/quickstart.d/sample.zone and waiting until it is live:"
    run_tool load_zone --wait=20 "$dir/share/sample.zone" $sample || die "load_zone failed: see $dir/log/controller/current"
    dig_slaves "www.$sample A"
    echo
    echo "changing www from 192.0.2.10 to 192.0.2.20 in an editor (here: sed) and waiting until it is live:"
    VISUAL="sed -i s/192.0.2.10/192.0.2.20/" run_tool -f edit_zone --wait=20 $sample </dev/null || die "edit_zone failed: see $dir/log/controller/current"
    dig_slaves "www.$sample A"
}
memory_mb() {
    local total=0 name pid kb group=""
    for pid in $(pgrep -u "$run_user" -f "$dir/" || true) $(pgrep -u "$run_user" -x postgres || true) $(pgrep -u "$run_user" -x 'runsv|svlogd' || true); do
        case " $group " in *" $pid "*) continue ;; esac
        group="$group $pid"
        kb=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)
        total=$((total + ${kb:-0}))
    done
    echo $((total / 1024))
}
show_env() {
    cat <<TXT
export DMS_URL=http://127.0.0.1:$http_port/admin_dms
export DMS_SOCKET=$dir/run/dms.sock
export DMS_MASTER='127.0.0.1#$master_dns'
export DMS_SLAVES='127.0.0.1#$slave1_dns 127.0.0.1#$slave2_dns'
export DMS_CREDENTIALS=$dir/etc/credentials
TXT
}
print_next() {
    local q=deploy/quickstart
    [ -z "$dir_given" ] || q="deploy/quickstart --dir $dir"
    cat <<TXT

try next (in $top):
    $q tool ls -v
    $q tool show_zone $sample
    $q tool edit_zone --wait $sample
    $q tool create_zone --wait my-first-zone.test
    $q tool show_dms_status
    $q tool                      # interactive: help, tab completion, history
    kill -9 PID                  # any PID of \`$q status\`; it comes back and nothing is lost
    eval "\$($q env)"; dig @127.0.0.1 -p $slave1_dns $sample SOA
    curl -s --unix-socket "$dir/run/dms.sock" http://dms/ -H 'Content-Type: application/json' \\
        -d '{"jsonrpc":"2.0","id":1,"method":"show_zone","params":{"name":"$sample"}}'
    $q down
TXT
}
