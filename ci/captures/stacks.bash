# shellcheck shell=bash
# TCP/IP stacks other than Linux's, against Linux.

# gVisor: a kernel in Go with a stack of its own, which takes the interface and addresses of the namespace over.

scenario http-gvisor-curl "gVisor client, Linux server" "runsc nginx curl" \
  "gVisor's stack fetches pages over IPv4 and IPv6"
expect 'http.request && ip' 'http.request && ipv6' 'tcp.options.wscale.shift == 7'
http-gvisor-curl() {
  lab_open 4 6
  start_nginx
  record server eth0
  gvisor client "curl -sS -o /dev/null -A curl http://$server4/numbers.txt; curl -sS -o /dev/null -A curl http://[$server6]/"
  record_end
}

scenario tcp-gvisor-server "Linux client, gVisor server" "runsc /usr/bin/python3" \
  "gVisor's stack answers: transfers both ways, echo replies, RST from a closed port, port unreachable"
expect 'tcp.flags.reset == 1 && ip.src == 192.0.2.2' 'icmp.type == 0 && ip.src == 192.0.2.2' 'icmp.type == 3' \
  'tcp.len > 0 && ip.src == 192.0.2.2'
tcp-gvisor-server() {
  lab_open 4
  spawn_gvisor server "/usr/bin/python3 $captures/peer.py answer $server4 7777"
  await_log ready
  record client eth0
  on client "$captures/peer.py" send "$server4" 7777 5000
  quietly on client "$captures/peer.py" send "$server4" 7778 1
  quietly on client ping -c 2 -i 0.2 "$server4"
  quietly on client dig @"$server4" +tries=1 +time=1 example.test
  record_end
}

scenario tcp-loss-gvisor-client "gVisor client, Linux server" "runsc /usr/bin/python3" \
  "gVisor's stack sends over a wire that loses, reorders and repeats segments; seen by the sender"
expect tcp.analysis.retransmission tcp.options.sack_le
tcp-loss-gvisor-client() {
  lab_open_wire 4 right.data.drop=3,5 right.data.swap=8 left.ack.drop=2 right.fin.drop=1
  spawn server "$captures/peer.py" answer "$server4" 7777
  await_log ready
  record client eth0
  gvisor client "/usr/bin/python3 $captures/peer.py send $server4 7777 9000"
  record_end
}

scenario tcp-loss-gvisor-server "Linux client, gVisor server" "runsc /usr/bin/python3" \
  "gVisor's stack receives over a wire that loses, reorders and repeats segments; seen by the receiver"
expect tcp.options.sack_le 'tcp.analysis.retransmission && ip.src == 192.0.2.1'
tcp-loss-gvisor-server() {
  lab_open_wire 4 right.data.drop=3,5 right.data.swap=7 right.data.double=9
  spawn_gvisor server "/usr/bin/python3 $captures/peer.py answer $server4 7777"
  await_log ready
  record server eth0
  on client "$captures/peer.py" send "$server4" 7777 7000
  record_end
}

# gvisor HOST SHELL_COMMAND: runs it in gVisor, with the host's interfaces as its own.
gvisor() {
  make_bundle "$1" "$2"
  on "$1" unshare --mount sh -c "$(run_bundle "$1")" >"$work/gvisor.log" 2>&1 || { cat "$work/gvisor.log" >&2; return 1; }
}

spawn_gvisor() {
  make_bundle "$1" "$2"
  spawn "$1" unshare --mount sh -c "$(run_bundle "$1")"
}

# runsc takes a namespace in which it finds /proc/sys/net/core/rmem_default for the machine's first, and refuses to take it
# over; newer kernels have that file in every namespace, so it is hidden.
run_bundle() {
  echo "mount -t tmpfs none /proc/sys/net/core && exec runsc --root=$work/runsc --network=sandbox --platform=ptrace" \
    "--ignore-cgroups --gso=false --software-gso=false run --bundle $work/bundle-$1 $lab-$1"
}

make_bundle() {
  mkdir "$work/bundle-$1"
  cat >"$work/bundle-$1/config.json" <<END
{ "ociVersion": "1.0.0",
  "process": { "terminal": false, "user": { "uid": 0, "gid": 0 }, "cwd": "/", "args": ["/bin/sh", "-c", "$2"],
               "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] },
  "root": { "path": "/", "readonly": true },
  "hostname": "example",
  "mounts": [{ "destination": "/proc", "type": "proc", "source": "proc" }],
  "linux": { "namespaces": [{ "type": "pid" }, { "type": "network", "path": "/run/netns/$lab-$1" }, { "type": "ipc" },
                            { "type": "uts" }, { "type": "mount" }] } }
END
}

# libslirp: the stack of QEMU's and Podman's user networking, descended from 4.4BSD's.

scenario http-slirp "Linux client, libslirp (of BSD descent) in between" "slirp4netns nginx curl" \
  "libslirp answers for a web server, with no TCP option but the segment size; a refused connection, echo, DHCP"
expect 'tcp.flags == 0x012 && tcp.hdr_len == 24' 'http.response.code == 200' 'tcp.flags.reset == 1' icmp 'dhcp.option.dhcp == 5'
http-slirp() {
  lab_open_slirp
  start_nginx
  record client tap0
  on client busybox udhcpc -f -q -n -i tap0 -s /bin/true -V example -C >"$work/dhcp" 2>&1
  on client curl -sS -o /dev/null -A curl http://198.51.100.2/numbers.txt
  quietly on client curl http://198.51.100.2:81/
  on client ping -c 1 192.0.2.2 >/dev/null
  record_end
}

scenario tcp-slirp "Linux client, libslirp (of BSD descent) in between" "slirp4netns /usr/bin/python3" \
  "libslirp takes an upload, then one from a sender with a small segment size; half close both times"
expect 'tcp.len > 0 && ip.src == 198.51.100.2' 'tcp.flags.fin == 1 && ip.src == 198.51.100.2'
tcp-slirp() {
  lab_open_slirp
  spawn server "$captures/peer.py" answer 198.51.100.2 7777
  await_log ready
  record client tap0
  on client "$captures/peer.py" send 198.51.100.2 7777 5000
  ip -n "$lab-client" route change default via 192.0.2.2 dev tap0 advmss 300
  on client "$captures/peer.py" send 198.51.100.2 7777 2000
  record_end
}

# lab_open_slirp: a client with libslirp at the other end of its interface tap0, which carries on as a program on the server.
lab_open_slirp() {
  add_host client
  add_host server
  ip -n "$lab-server" address add 198.51.100.2/32 dev lo
  spawn server slirp4netns --netns-type=path --cidr=192.0.2.0/24 --mtu=1500 --configure \
    --macaddress=02:00:00:00:00:01 "/run/netns/$lab-client" tap0
  await "interface of slirp4netns" ip -n "$lab-client" route get 198.51.100.2
}

# pasta: passt's TCP, which maps segments to sockets and back.

scenario http-pasta "Linux client, pasta (passt's stack) in between" "pasta setpriv nginx curl" \
  "pasta answers for a web server over IPv4 and IPv6, and takes an upload; its RST to a refused connection has no ACK, so the SYN comes again"
expect 'http.response.code == 200 && ip' 'http.response.code == 200 && ipv6' 'tcp.flags == 0x004' \
  'tcp.flags == 0x012 && !tcp.options.sack_perm'
http-pasta() {
  lab_open_pasta
  start_nginx
  record client eth0
  on client curl -sS -o /dev/null -A curl "http://$server4/numbers.txt"
  on client curl -sS -o /dev/null -A curl "http://[$server6]/"
  on client curl -sS -o /dev/null -A curl -H Expect: --data-binary @"$work/site/numbers.txt" "http://$server4/"
  quietly on client curl --max-time 1.5 "http://$server4:81/"
  record_end
}

# lab_open_pasta: the client is a namespace that pasta makes. Its gateway's address leads to the server's loopback interface.
lab_open_pasta() {
  add_host server
  join server eth0 server unused
  address server "$client4"
  address server "$client6"
  address server fe80::1 # without one it leaves IPv6 out
  ip -n "$lab-server" route add default via "$server4"
  ip -n "$lab-server" -6 route add default via "$server6"
  # It insists on not being root, so it needs a /dev/net/tun that others may open.
  mknod "$work/tun" c 10 200
  chmod 666 "$work/tun"
  chmod 755 "$scratch" "$work"
  spawn server unshare --mount sh -c "mount --bind $work/tun /dev/net/tun && exec setpriv --reuid=65534 --regid=65534 \
    --clear-groups pasta --foreground --config-net -I eth0 -m 1500 -t none -u none -T none -U none -- sleep 60"
  await "child of pasta" pgrep -P "$!" -x sleep
  ip netns attach "$lab-client" "$(pgrep -P "$!" -x sleep)"
  lab_hosts+=(client)
  await "interface of pasta" on client ip route get 198.51.100.1
  ip -n "$lab-client" link set eth0 address 02:00:00:00:00:11
  sleep 2 # its reports of group membership
}

# lwIP, by way of lwip.py.

lwip=/usr/lib/x86_64-linux-gnu/liblwip.so.0

scenario http-lwip "lwIP client, Linux server" "$lwip nginx /usr/bin/python3" \
  "lwIP fetches a page: window scaling by 1, no SACK, no timestamps, an ARP announcement"
expect 'tcp.flags == 0x002 && tcp.options.wscale.shift == 1 && !tcp.options.sack_perm' arp.isgratuitous \
  'http.response.code == 200'
http-lwip() {
  lab_open_lwip
  start_nginx
  record server eth0
  on client "$captures/lwip.py" tap0 "$client4" 255.255.255.0 get "$server4" 80 'GET /numbers.txt HTTP/1.0\r\n\r\n'
  record_end
}

scenario tcp-loss-lwip-client "lwIP client, Linux server" "$lwip /usr/bin/python3" \
  "lwIP sends over a wire that loses segments: retransmission after duplicate acknowledgements and after a timeout"
expect tcp.analysis.fast_retransmission 'tcp.analysis.rto > 0.15 && ip.src == 192.0.2.1'
tcp-loss-lwip-client() {
  lab_open_lwip right.data.drop=2 right.fin.drop=1
  spawn server "$captures/peer.py" answer "$server4" 7777
  await_log ready
  record client tap0
  on client "$captures/lwip.py" tap0 "$client4" 255.255.255.0 send "$server4" 7777 7000
  record_end
}

scenario tcp-lwip-server "lwIP server, Linux client" "$lwip /usr/bin/python3" \
  "lwIP answers: a transfer with lost and reordered segments, RST from a closed port, echo replies, port unreachable"
expect 'tcp.flags == 0x012 && ip.src == 192.0.2.1' 'tcp.flags.reset == 1 && ip.src == 192.0.2.1' 'icmp.type == 0' 'icmp.code == 3'
tcp-lwip-server() {
  lab_open_lwip left.data.drop=2 left.data.swap=5
  spawn client "$captures/lwip.py" tap0 "$client4" 255.255.255.0 answer 7777
  await_log ready
  record server eth0
  on server "$captures/peer.py" send "$client4" 7777 5000
  quietly on server "$captures/peer.py" send "$client4" 7778 1
  on server ping -c 2 -i 0.2 "$client4" >/dev/null
  quietly on server dig @"$client4" +tries=1 +time=1 example.test
  record_end
}

# lab_open_lwip [RULE...]: frames of over 600 bytes or so break the heap of Debian's lwIP 2.1.3, so they are kept small.
lab_open_lwip() {
  lab_open_tap "$@"
  ip -n "$lab-server" link set eth0 mtu 576
}

# lab_open_tap [RULE...]: a client whose interface tap0 is for a stack of its own, and the usual server, with wire.py between.
lab_open_tap() {
  add_host client
  add_host server
  join client right server eth0
  ip -n "$lab-client" tuntap add tap0 mode tap
  ip -n "$lab-client" link set tap0 up
  address server "$server4"
  spawn client "$captures/wire.py" tap0 right "$@"
  await_log ready
}

# Scapy has no stack; Linux answers what it sends, and Linux's client side resets the connections that it knows nothing of.

scapy=/usr/lib/python3/dist-packages/scapy/__init__.py

scenario tcp-odd-scapy "Scapy's segments, Linux server" "$scapy /usr/bin/python3" \
  "odd but legal: SYNs with every kind of TCP option, combinations of flags to an open and a closed port, reserved bits, port 0"
expect 'tcp.option_kind == 253' 'tcp.option_kind == 29' 'tcp.hdr_len == 60' 'tcp.flags.syn == 1 && tcp.flags.fin == 1' \
  'tcp.flags == 0x000' 'tcp.flags.res != 0' 'tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.src == 192.0.2.2' 'tcp.port == 0'
tcp-odd-scapy() { send_odd tcp; }

scenario ip-odd-scapy "Scapy's packets, Linux server" "$scapy /usr/bin/python3" \
  "odd but legal: IPv4 options, IPv6 extension headers, tiny and overlapping fragments, unknown protocols, and what Linux answers"
expect 'ip.opt.type == 131' 'ip.flags.rb == 1' 'icmp.type == 14' 'icmp.type == 12 || icmp.code == 2' 'icmpv6.type == 4' ipv6.routing \
  ipv6.fragment.overlap ip.fragment.overlap 'ip.proto == 253'
ip-odd-scapy() { send_odd ip; }

send_odd() {
  lab_open 4 6
  spawn server "$captures/peer.py" answer :: 7777
  await_log ready
  record client eth0
  on client "$captures/odd.py" "$1" 2>"$work/odd.log" || { cat "$work/odd.log" >&2; return 1; }
  record_end
}
