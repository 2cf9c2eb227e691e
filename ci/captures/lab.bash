# shellcheck shell=bash
# A lab: hosts (network namespaces) joined by veth pairs, what runs on them, and what records their traffic.
# Every scenario runs in a subshell of its own and gets a fresh lab, which `lab_close` takes down.

lab=            # prefix of the namespaces' names
work=           # the scenario's temporary folder
lab_hosts=()
lab_pids=()
capture_pid=
capture_pcap=

client4=192.0.2.1 server4=192.0.2.2
client6=2001:db8::1 server6=2001:db8::2

# lab_open FAMILY...: `client` and `server` on one wire, with addresses of the families named (4, 6).
lab_open() {
  add_host client
  add_host server
  join client eth0 server eth0
  address_pair "$@"
}

# lab_open_wire FAMILIES RULE...: the same, but frames pass through wire.py, which loses, repeats, reorders or marks some.
lab_open_wire() {
  local families=$1
  add_host client
  add_host wire
  add_host server
  join client eth0 wire left
  join wire right server eth0
  # shellcheck disable=SC2086 # families is a list
  address_pair $families
  spawn wire "$captures/wire.py" left right "${@:2}"
  await_log ready
}

add_host() {
  ip netns add "$lab-$1"
  lab_hosts+=("$1")
  # No router solicitations and no waiting for duplicate address detection: they would be noise in every capture.
  set_sysctl "$1" net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
    net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.default.dad_transmits=0 \
    net.ipv6.conf.default.addr_gen_mode=1 net.ipv4.tcp_no_metrics_save=1
  ip -n "$lab-$1" link set lo up
}

# join HOST INTERFACE HOST INTERFACE: a cable. Offloads are off, so that checksums and segments are those of the wire.
join() {
  ip link add name hlg0 netns "$lab-$1" type veth peer name hlg1 netns "$lab-$3"
  plug "$1" hlg0 "$2"
  plug "$3" hlg1 "$4"
}

plug() {
  lab_ports=$((${lab_ports:-0} + 1))
  ip -n "$lab-$1" link set "$2" name "$3" address "02:00:00:00:00:0$lab_ports" mtu 1500
  on "$1" ethtool -K "$3" tx off rx off tso off gso off gro off sg off >/dev/null
  ip -n "$lab-$1" link set "$3" up
}

# address_pair FAMILY...: the client's and the server's addresses, on eth0 of both.
address_pair() {
  local family
  for family; do
    if [ "$family" = 4 ]; then
      address client "$client4"
      address server "$server4"
    else
      address client "$client6"
      address server "$server6"
      sleep 1.5 # the reports of group membership that follow belong to no scenario
    fi
  done
}

# address HOST ADDRESS: on its eth0.
address() {
  case $2 in
    *:*)
      enable_ipv6 "$1"
      ip -n "$lab-$1" address add "$2/64" dev eth0 nodad ;;
    *) ip -n "$lab-$1" address add "$2/24" dev eth0 ;;
  esac
}

enable_ipv6() {
  set_sysctl "$1" net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0
}

# set_sysctl HOST NAME=VALUE...
set_sysctl() {
  on "$1" sysctl -q -w "${@:2}"
}

# on HOST COMMAND...: runs it there to its end.
on() {
  ip netns exec "$lab-$1" "${@:2}"
}

# spawn HOST COMMAND...: runs it there until the scenario ends. What it says goes to a log of its own.
spawn() {
  spawn_log=$work/log.${#lab_pids[@]}
  ip netns exec "$lab-$1" "${@:2}" >"$spawn_log" 2>&1 </dev/null &
  lab_pids+=($!)
}

# await WHAT COMMAND...: until the command succeeds, five seconds at most, or `patience` seconds.
await() {
  local try
  for ((try = 0; try < 20 * ${patience:-5}; try++)); do
    if "${@:2}" >/dev/null 2>&1; then return; fi
    sleep 0.05
  done
  echo "no $1 after ${patience:-5} seconds" >&2
  if [ -s "$spawn_log" ]; then sed 's/^/  /' "$spawn_log" >&2; fi
  return 1
}

# await_log TEXT: until what was spawned last has said it.
await_log() {
  await "'$1' in the log" grep -q -e "$1" "$spawn_log"
}

# await_port HOST PORT: until something listens there.
await_port() {
  await "listener on port $2" port_is_open "$1" "$2"
}

port_is_open() {
  [ -n "$(on "$1" ss -Hltun "sport = :$2")" ]
}

# record HOST INTERFACE: everything that passes there, from now on.
record() {
  capture_pcap=$work/capture.pcap
  spawn "$1" tcpdump -Z root -n --immediate-mode -U -i "$2" -w "$capture_pcap"
  capture_pid=$!
  await_log 'listening on'
}

record_end() {
  sleep 0.3 # what is still under way
  kill "$capture_pid"
  wait "$capture_pid" || true
}

# quietly COMMAND...: its output is of no interest, and neither is its exit status.
quietly() {
  "$@" >/dev/null 2>&1 || true
}

lab_close() {
  local pid host
  for pid in "${lab_pids[@]}"; do quietly kill "$pid"; done
  for pid in "${lab_pids[@]}"; do quietly wait "$pid"; done
  for host in "${lab_hosts[@]}"; do
    # Daemons that went to the background by themselves are those left in the namespace.
    for pid in $(ip netns pids "$lab-$host"); do quietly kill -KILL "$pid"; done
    quietly ip netns delete "$lab-$host"
  done
  lab_pids=() lab_hosts=()
}
