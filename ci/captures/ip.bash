# shellcheck shell=bash
# What lies below and beside TCP: Ethernet, ARP, IP, ICMP, neighbour discovery, multicast, address configuration.

scenario arp-linux "Linux on both ends" "arping ping" \
  "ARP: request and reply, a probe, announcements, a conflict, and a request that nobody answers"
expect 'arp.opcode == 1' 'arp.opcode == 2' 'arp.src.proto_ipv4 == 0.0.0.0' arp.isgratuitous
arp-linux() {
  lab_open 4
  record client eth0
  on client ping -c 1 "$server4" >/dev/null
  quietly on client arping -D -c 1 -I eth0 192.0.2.9   # a probe before an address is taken
  on client arping -U -c 1 -I eth0 "$client4" >/dev/null
  on client arping -A -c 1 -I eth0 "$client4" >/dev/null
  quietly on client arping -D -c 1 -I eth0 "$server4"  # a conflict: the server answers
  quietly on client ping -c 1 -W 1 192.0.2.9
  record_end
}

scenario icmp-echo-linux "Linux on both ends" "ping" \
  "echo over IPv4: empty, odd and full sizes, record route and timestamp options, a broadcast"
expect 'icmp.type == 8' 'icmp.type == 0' 'ip.opt.type == 7' 'ip.opt.type == 68' 'ip.len == 28' 'ip.len == 1500' \
  'ip.dst == 192.0.2.255'
icmp-echo-linux() {
  lab_open 4
  set_sysctl server net.ipv4.icmp_echo_ignore_broadcasts=0
  record client eth0
  local size
  for size in 0 1 57 1472; do on client ping -c 1 -s "$size" "$server4" >/dev/null; done
  on client ping -c 1 -R "$server4" >/dev/null
  on client ping -c 1 -T tsonly "$server4" >/dev/null
  on client ping -c 1 -T tsandaddr "$server4" >/dev/null
  on client ping -c 1 -b 192.0.2.255 >/dev/null 2>&1
  record_end
}

scenario icmp6-echo-linux "Linux on both ends" "ping" \
  "echo over IPv6: empty, odd and full sizes, to an address, to a link-local address, to all nodes"
expect 'icmpv6.type == 128' 'icmpv6.type == 129' 'ipv6.dst == ff02::1' 'ipv6.dst == fe80::2' 'ipv6.plen == 1460'
icmp6-echo-linux() {
  lab_open 6
  ip -n "$lab-client" address add fe80::1/64 dev eth0 nodad
  ip -n "$lab-server" address add fe80::2/64 dev eth0 nodad
  sleep 1.5 # reports of group membership
  record client eth0
  local size
  for size in 0 57 1452; do on client ping -c 1 -s "$size" "$server6" >/dev/null; done
  on client ping -c 1 fe80::2%eth0 >/dev/null
  on client ping -c 1 ff02::1%eth0 >/dev/null
  record_end
}

scenario icmp-errors-linux "Linux hosts and router" "ping nft curl busybox" \
  "ICMP errors over IPv4: time exceeded, port, host, net and administratively unreachable, fragmentation needed with its effect on TCP, redirect"
expect 'icmp.type == 11' 'icmp.type == 3 && icmp.code == 3' 'icmp.type == 3 && icmp.code == 1' 'icmp.type == 3 && icmp.code == 0' \
  'icmp.type == 3 && icmp.code == 13' 'icmp.type == 3 && icmp.code == 4' 'icmp.type == 5' 'tcp.analysis.retransmission'
icmp-errors-linux() {
  lab_open_router
  spawn server "$captures/peer.py" answer 198.51.100.2 7777
  await_log ready
  # shellcheck disable=SC2016 # nothing to expand
  on router nft 'add table filter; add chain filter forward { type filter hook forward priority 0; };
    add rule filter forward udp dport 99 reject with icmp type admin-prohibited'
  record client eth0
  quietly on client ping -c 1 -W 1 -t 1 198.51.100.2
  udp_to 198.51.100.2 98
  udp_to 198.51.100.2 99
  quietly on client ping -c 1 -W 4 198.51.100.9
  quietly on client ping -c 1 -W 1 203.0.113.9
  on client "$captures/peer.py" send 198.51.100.2 7777 4000
  ip -n "$lab-client" route add 192.0.2.2 via 192.0.2.254
  quietly on client ping -c 2 -i 0.3 192.0.2.2 # which is on the same wire
  record_end
}

scenario icmp6-errors-linux "Linux hosts and router" "ping nft" \
  "ICMP errors over IPv6: hop limit exceeded, port, address and administratively unreachable, no route, packet too big with its effect on TCP"
expect 'icmpv6.type == 3' 'icmpv6.type == 1 && icmpv6.code == 4' 'icmpv6.type == 1 && icmpv6.code == 3' \
  'icmpv6.type == 1 && icmpv6.code == 1' 'icmpv6.type == 1 && icmpv6.code == 0' 'icmpv6.type == 2' tcp.analysis.retransmission
icmp6-errors-linux() {
  lab_open_router
  spawn server "$captures/peer.py" answer 2001:db8:2::2 7777
  await_log ready
  on router nft 'add table ip6 filter; add chain ip6 filter forward { type filter hook forward priority 0; };
    add rule ip6 filter forward udp dport 99 reject with icmpv6 type admin-prohibited'
  record client eth0
  quietly on client ping -c 1 -W 1 -t 1 2001:db8:2::2
  udp_to 2001:db8:2::2 98
  udp_to 2001:db8:2::2 99
  quietly on client ping -c 1 -W 4 2001:db8:2::9
  quietly on client ping -c 1 -W 1 2001:db8:9::9
  on client "$captures/peer.py" send 2001:db8:2::2 7777 4000
  record_end
}

# lab_open_router: client - router - server, with a smaller MTU behind the router.
lab_open_router() {
  local host
  for host in client router server; do add_host "$host"; done
  join client eth0 router eth0
  join router eth1 server eth0
  address client "$client4"
  address client "$client6"
  address router 192.0.2.254
  address router 2001:db8::254
  address server 198.51.100.2
  address server 2001:db8:2::2
  set_sysctl router net.ipv6.conf.eth1.disable_ipv6=0 net.ipv6.conf.eth1.forwarding=1 net.ipv6.conf.all.forwarding=1 \
    net.ipv4.ip_forward=1
  ip -n "$lab-router" address add 198.51.100.254/24 dev eth1
  ip -n "$lab-router" address add 2001:db8:2::254/64 dev eth1 nodad
  ip -n "$lab-router" address add fe80::254/64 dev eth1 nodad # routers solicit neighbours from a link-local address
  address server fe80::2
  ip -n "$lab-router" link set eth1 mtu 1280
  ip -n "$lab-client" route add default via 192.0.2.254
  ip -n "$lab-client" -6 route add default via 2001:db8::254
  ip -n "$lab-server" route add default via 198.51.100.254
  ip -n "$lab-server" -6 route add default via 2001:db8:2::254
  sleep 1.5 # reports of group membership
}

# udp_to ADDRESS PORT: one datagram from the client, whose answer, an error, is waited for.
udp_to() {
  quietly on client /usr/bin/python3 -c '
import socket, sys
end = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
end.settimeout(1)
end.connect((sys.argv[1], int(sys.argv[2])))
end.send(b"anyone?")
end.recv(100)' "$1" "$2"
}

scenario fragments-linux "Linux on both ends" "ping" \
  "IPv4 fragments in order, out of order and repeated; a lost fragment and the reassembly time exceeded"
expect 'ip.flags.mf == 1' 'ip.frag_offset > 0 && ip.flags.mf == 0' 'icmp.type == 11 && icmp.code == 1' ip.fragment.overlap
fragments-linux() { ping_in_fragments 4 "$server4" 576 1500; }

scenario fragments6-linux "Linux on both ends" "ping" \
  "IPv6 fragments in order, out of order and repeated; a lost fragment and the reassembly time exceeded"
expect 'ipv6.fraghdr.more == 1' 'ipv6.fraghdr.offset > 0 && ipv6.fraghdr.more == 0' 'icmpv6.type == 3 && icmpv6.code == 1' \
  ipv6.fragment.overlap
fragments6-linux() { ping_in_fragments 6 "$server6" 1280 2600; }

# ping_in_fragments FAMILY ADDRESS MTU SIZE: the size makes three fragments. The first three pass, of the next three one is
# overtaken and one comes twice, then one is lost.
ping_in_fragments() {
  lab_open_wire "$1" right.fragment.swap=4 right.fragment.double=6 right.fragment.drop=8
  ip -n "$lab-client" link set eth0 mtu "$3"
  ip -n "$lab-server" link set eth0 mtu "$3"
  set_sysctl server net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1
  record server eth0
  on client ping -c 1 -s "$4" "$2" >/dev/null
  quietly on client ping -c 1 -W 1 -s "$4" "$2"
  quietly on client ping -c 1 -W 2 -s "$4" "$2"
  record_end
}

scenario vlan-linux "Linux on both ends" "curl nginx" \
  "IEEE 802.1Q: HTTP in frames with a VLAN tag"
expect 'vlan.id == 5 && vlan.priority == 3 && http' 'vlan.id == 5 && arp'
vlan-linux() { lab_open_trunk tag; http_over_trunk; }

scenario vlan-stacked-linux "Linux on both ends" "curl nginx" \
  "IEEE 802.1ad: HTTP in frames with two VLAN tags"
expect 'ieee8021ad && vlan.id == 7 && http'
vlan-stacked-linux() { lab_open_trunk tag2; http_over_trunk; }

# lab_open_trunk DEED: client - wire - wire1 - server. The wires tag what goes to the trunk between them.
lab_open_trunk() {
  local host
  for host in client wire wire1 server; do add_host "$host"; done
  join client eth0 wire left
  join wire right wire1 left
  join wire1 right server eth0
  address_pair 4
  spawn wire "$captures/wire.py" left right "right.any.$1"
  await_log ready
  spawn wire1 "$captures/wire.py" left right "left.any.$1"
  await_log ready
}

http_over_trunk() {
  start_nginx
  record wire right
  fetch_url http://example.test/
  on client ping -c 1 "$server4" >/dev/null
  record_end
}

scenario neighbour-discovery-linux "Linux host and dnsmasq as router" "dnsmasq ping" \
  "IPv6 neighbour discovery and address configuration: duplicate address detection, MLDv2 reports, router solicitation and advertisement, a conflict"
expect 'icmpv6.type == 133' 'icmpv6.type == 134' 'icmpv6.type == 135 && ipv6.src == ::' 'icmpv6.type == 136' 'icmpv6.type == 143' \
  icmpv6.opt.prefix
neighbour-discovery-linux() {
  lab_open 6
  ip -n "$lab-server" address add fe80::2/64 dev eth0 nodad
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= --port=0 \
    --interface=eth0 --enable-ra --dhcp-range=2001:db8::,ra-only,64 --dhcp-leasefile="$work/leases" --log-facility=-
  await_log started
  record server eth0
  ip -n "$lab-client" link set eth0 down
  set_sysctl client net.ipv6.conf.eth0.addr_gen_mode=0 net.ipv6.conf.eth0.dad_transmits=1 \
    net.ipv6.conf.eth0.router_solicitations=3
  ip -n "$lab-client" link set eth0 up
  sleep 4
  ip -n "$lab-client" address add "$server6/64" dev eth0 # taken already
  sleep 2
  on client ping -c 1 fe80::2%eth0 >/dev/null
  record_end
}

scenario dhcp-dnsmasq-busybox-linux "Linux on both ends; BusyBox against dnsmasq" "dnsmasq busybox" \
  "DHCP over IPv4: discover, offer, request, ack, a renewal and a release"
expect 'dhcp.option.dhcp == 1' 'dhcp.option.dhcp == 2' 'dhcp.option.dhcp == 3' 'dhcp.option.dhcp == 5' \
  'dhcp.option.dhcp == 7' 'dhcp.option.dhcp == 3 && ip.src == 192.0.2.0/24'
dhcp-dnsmasq-busybox-linux() {
  lab_open_dhcp
  record server eth0
  spawn client busybox udhcpc -f -i eth0 -s "$work/configure" -V example -C
  local daemon=$!
  sleep 1.5
  kill -USR1 "$daemon" # renew
  sleep 1
  kill -USR2 "$daemon" # release
  sleep 0.5
  record_end
}

scenario dhcp-dnsmasq-dhclient-linux "Linux on both ends; ISC dhclient against dnsmasq" "dnsmasq dhclient" \
  "DHCP over IPv4: a request for an old address that is refused (NAK), then discover, offer, request, ack"
expect 'dhcp.option.dhcp == 1' 'dhcp.option.dhcp == 5' 'dhcp.option.dhcp == 6' 'dhcp.option.request_list_item == 28'
dhcp-dnsmasq-dhclient-linux() {
  lab_open_dhcp
  cat >"$work/dhclient.leases" <<'END'
lease {
  interface "eth0";
  fixed-address 198.51.100.77;
  option dhcp-server-identifier 192.0.2.2;
  expire never;
}
END
  record server eth0
  dhclient_once -4
  record_end
}

scenario dhcp6-dnsmasq-dhclient-linux "Linux on both ends; ISC dhclient against dnsmasq" "dnsmasq dhclient" \
  "DHCP over IPv6: solicit, advertise, request, reply, release"
expect 'dhcpv6.msgtype == 1' 'dhcpv6.msgtype == 2' 'dhcpv6.msgtype == 3' 'dhcpv6.msgtype == 7' 'dhcpv6.msgtype == 8'
dhcp6-dnsmasq-dhclient-linux() {
  lab_open_dhcp
  record server eth0
  dhclient_once -6
  on client dhclient -6 -r -cf "$work/dhclient.conf" -lf "$work/dhclient.leases" -pf "$work/dhclient.pid" -sf "$work/configure" eth0 2>"$work/dhclient.log"
  record_end
}

lab_open_dhcp() {
  add_host client
  add_host server
  join client eth0 server eth0
  address server "$server4"
  address server "$server6"
  address server fe80::2
  enable_ipv6 client
  ip -n "$lab-client" address add fe80::1/64 dev eth0 nodad
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= --port=0 \
    --interface=eth0 --dhcp-range=192.0.2.100,192.0.2.120,1h --dhcp-range=2001:db8::100,2001:db8::1ff,64,1h \
    --dhcp-option=option:router,192.0.2.2 --dhcp-option=option:dns-server,192.0.2.53 --dhcp-option=option:ntp-server,192.0.2.123 \
    --dhcp-option=option:domain-search,example.test --domain=example.test --dhcp-authoritative --dhcp-no-override --no-ping \
    --dhcp-leasefile="$work/leases" --log-facility=-
  await_log started
  # What the clients call with a lease in the environment.
  cat >"$work/configure" <<'END'
#!/bin/sh
case $1$reason in
  bound | BOUND) ip address add "${ip:-$new_ip_address}/24" dev "$interface" ;;
  BOUND6) ip address add "$new_ip6_address/128" dev "$interface" ;;
esac
exit 0
END
  chmod +x "$work/configure"
  sleep 1.5
}

dhclient_once() {
  cat >"$work/dhclient.conf" <<'END'
send dhcp-client-identifier 02:00:00:00:00:01;
END
  on client dhclient "$1" -1 -cf "$work/dhclient.conf" -lf "$work/dhclient.leases" -pf "$work/dhclient.pid" \
    -sf "$work/configure" eth0 2>"$work/dhclient.log"
}

scenario multicast-linux "Linux hosts, a Linux bridge as querier" "/usr/bin/python3" \
  "multicast: IGMPv2 and IGMPv3, MLDv1 and MLDv2 joins, source filters and leaves, queries of a bridge, datagrams to the groups"
expect 'igmp.type == 0x11' 'igmp.type == 0x16' 'igmp.type == 0x17' 'igmp.type == 0x22' 'icmpv6.type == 130' 'icmpv6.type == 131' \
  'icmpv6.type == 132' 'icmpv6.type == 143' 'ip.dst == 233.252.0.1 && udp'
multicast-linux() {
  lab_open 4 6
  local host version
  ip -n "$lab-server" link add bridge0 type bridge mcast_snooping 1 mcast_querier 1 mcast_query_interval 200 \
    mcast_startup_query_interval 100 mcast_igmp_version 3 mcast_mld_version 2
  ip -n "$lab-server" link set eth0 master bridge0
  set_sysctl server net.ipv6.conf.bridge0.disable_ipv6=0
  ip -n "$lab-server" address add fe80::2/64 dev bridge0 nodad # MLD queries come from a link-local address
  record client eth0
  ip -n "$lab-server" link set bridge0 address 02:00:00:00:00:0a up
  sleep 4
  for version in 3 2; do
    set_sysctl client net.ipv4.conf.eth0.force_igmp_version=$version net.ipv6.conf.eth0.force_mld_version=$((version - 1))
    on client /usr/bin/python3 "$captures/multicast.py"
  done
  record_end
}

scenario bridge-linux "Linux bridges" "" \
  "IEEE 802.3 frames with LLC: spanning tree messages of two bridges"
expect stp 'eth.len < 1500'
bridge-linux() {
  lab_open 4
  local host
  for host in client server; do
    ip -n "$lab-$host" address flush dev eth0
    ip -n "$lab-$host" link add bridge0 address "02:00:00:00:00:0${#host}" type bridge stp_state 1 hello_time 100 forward_delay 200
  done
  record client eth0
  for host in client server; do
    ip -n "$lab-$host" link set eth0 master bridge0
    ip -n "$lab-$host" link set bridge0 up
  done
  sleep 5
  ip -n "$lab-server" link set bridge0 type bridge priority 4096
  sleep 3
  record_end
}

scenario mdns-avahi-linux "Linux on both ends; Avahi" "avahi-daemon" \
  "multicast DNS: probes, announcements, a query with a known answer, a goodbye, over IPv4 and IPv6"
expect 'mdns && ip' 'mdns && ipv6' 'dns.flags.response == 0' 'dns.resp.cache_flush == 1' 'dns.resp.ttl == 0'
mdns-avahi-linux() {
  lab_open 4 6
  mkdir -p /run/avahi-daemon
  local host
  for host in client server; do
    cat >"$work/avahi-$host.conf" <<END
[server]
host-name=$host-example
domain-name=local
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
enable-dbus=no
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
END
  done
  record client eth0
  spawn server unshare --mount sh -c "mount -t tmpfs none /run/avahi-daemon && exec avahi-daemon --no-rlimits --no-drop-root \
    --no-chroot --file=$work/avahi-server.conf"
  local daemon=$!
  sleep 3
  on client /usr/bin/python3 "$captures/multicast.py" mdns
  kill "$daemon"
  sleep 1
  record_end
}
