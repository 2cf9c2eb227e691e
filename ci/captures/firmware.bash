# shellcheck shell=bash
# The stacks of boot firmware and boot loaders, in QEMU machines without an operating system.

scenario http-ipxe "iPXE client, Linux server" "qemu-system-x86_64 dnsmasq nginx" \
  "iPXE: configures itself by DHCP, looks a name up, fetches a page, meets a missing page and a closed port"
expect 'dhcp.option.dhcp == 5' 'dns.flags.response == 1' 'http.response.code == 200' 'http.response.code == 404' \
  'tcp.flags.reset == 1' 'tcp.flags == 0x002 && tcp.options.wscale.shift == 9'
http-ipxe() {
  lab_open_tap
  start_nginx
  start_boot_server
  record server eth0
  run_ipxe <<'END'
ifconf -c dhcp net0
imgfetch http://example.test/numbers.txt
imgfetch http://example.test/missing ||
imgfetch http://example.test:81/ ||
END
  record_end
}

scenario tcp-loss-ipxe "iPXE client, Linux server" "qemu-system-x86_64 nginx" \
  "iPXE receives over a wire that loses and reorders segments, and its own SYN and request are lost"
expect 'tcp.analysis.retransmission && ip.src == 192.0.2.1' tcp.options.sack_le
tcp-loss-ipxe() {
  lab_open_tap left.data.drop=2 left.data.swap=4 right.syn.drop=1 right.data.drop=1
  ip -n "$lab-server" route add "$client4" dev eth0 advmss 536
  ip -n "$lab-server" link set eth0 mtu 576 # for more, smaller segments
  start_nginx
  record client tap0
  run_ipxe <<END
set net0/ip $client4
set net0/netmask 255.255.255.0
ifopen net0
imgfetch http://$server4/numbers.txt
END
  record_end
}

scenario http6-ipxe "iPXE client, Linux server" "qemu-system-x86_64 nginx dnsmasq" \
  "iPXE over IPv6: neighbour discovery, a router's advertisement, a page"
expect 'icmpv6.type == 134' 'http.response.code == 200 && ipv6'
http6-ipxe() {
  lab_open_tap
  address server "$server6"
  address server fe80::2
  start_nginx
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= --port=0 \
    --interface=eth0 --enable-ra --dhcp-range=2001:db8::,ra-only,64 --dhcp-leasefile="$work/leases" --log-facility=-
  await_log started
  record server eth0
  run_ipxe <<END
ifconf -c ipv6 net0
imgfetch http://[$server6]/numbers.txt
END
  record_end
}

# run_ipxe: the script on standard input, in a machine that ends with it. iPXE says what happens on the serial line.
run_ipxe() {
  { echo '#!ipxe'; cat; echo sleep 1; echo reboot; } >"$work/script.ipxe"
  run_machine 30 -kernel /usr/lib/ipxe/ipxe.lkrn -initrd "$work/script.ipxe" -device virtio-net-pci,netdev=wire,mac=02:00:00:00:00:01,romfile=
}

# run_machine SECONDS OPTION...: a machine whose network card is on the client's tap0, until it reboots.
run_machine() {
  on client timeout "$1" qemu-system-x86_64 -accel tcg -m 256 -display none -monitor none -serial "file:$work/serial" -no-reboot \
    -netdev tap,id=wire,ifname=tap0,script=no,downscript=no "${@:2}" >"$work/machine" 2>&1
}

# start_boot_server [OPTION...]: dnsmasq with addresses, the name example.test and files for booting.
start_boot_server() {
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
    --interface=eth0 --bind-interfaces --dhcp-range=192.0.2.100,192.0.2.120,1h --dhcp-option=option:dns-server,"$server4" \
    --host-record=example.test,"$server4" --local=/example.test/ --dhcp-authoritative --no-ping \
    --dhcp-leasefile="$work/leases" --log-facility=- "$@"
  await_log started
}
