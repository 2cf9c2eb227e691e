# shellcheck shell=bash
# The stacks of boot firmware and boot loaders, in QEMU machines without an operating system.

ipxe=/usr/lib/ipxe/ipxe.lkrn
ovmf=/usr/share/OVMF/OVMF_CODE.fd

scenario http-ipxe "iPXE client, Linux server" "$ipxe qemu-system-x86_64 dnsmasq nginx" \
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

scenario tcp-loss-ipxe "iPXE client, Linux server" "$ipxe qemu-system-x86_64 nginx" \
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

scenario http6-ipxe "iPXE client, Linux server" "$ipxe qemu-system-x86_64 nginx dnsmasq" \
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

scenario http-grub "GRUB client, Linux server" "$ovmf qemu-system-x86_64 grub-mkstandalone dnsmasq nginx" \
  "GRUB: configures itself by DHCP, fetches a page and a missing one; SYNs without options, closed by a FIN that ends its interest"
expect 'dhcp.option.dhcp == 5' 'tcp.flags == 0x002 && tcp.hdr_len == 20' 'http.response.code == 200' 'http.response.code == 404'
http-grub() {
  lab_open_tap
  start_nginx
  start_boot_server
  make_grub "cat (http,$server4)/numbers.txt" "cat (http,$server4)/missing"
  record server eth0
  run_grub
  record_end
}

scenario tcp-loss-grub "GRUB client, Linux server" "$ovmf qemu-system-x86_64 grub-mkstandalone dnsmasq nginx" \
  "GRUB receives over a wire that loses, reorders and repeats segments"
expect 'tcp.analysis.retransmission || tcp.analysis.fast_retransmission' tcp.analysis.duplicate_ack
tcp-loss-grub() {
  lab_open_tap left.data.drop=2 left.data.swap=4 left.data.double=6
  start_nginx
  start_boot_server
  make_grub "cat (http,$server4)/numbers.txt"
  record client tap0
  run_grub
  record_end
}

scenario http-edk2 "EDK2 (UEFI firmware) client, Linux server" "$ovmf qemu-system-x86_64 dnsmasq nginx" \
  "EDK2's HTTP boot: DHCP, a HEAD and a GET over one connection, which it resets when it has the file"
expect 'dhcp.option.dhcp == 5' 'http.request.method == "HEAD"' 'http.response.code == 200' \
  'tcp.flags.reset == 1 && ip.src != 192.0.2.2'
http-edk2() {
  lab_open_tap
  record_http_boot server eth0
}

scenario tcp-loss-edk2 "EDK2 (UEFI firmware) client, Linux server" "$ovmf qemu-system-x86_64 dnsmasq nginx" \
  "EDK2's stack repeats a lost request, meets lost, reordered and repeated segments, and resets the connection"
expect 'tcp.analysis.retransmission && ip.src != 192.0.2.2' tcp.analysis.lost_segment
tcp-loss-edk2() {
  lab_open_tap right.data.drop=1 left.data.drop=4 left.data.swap=6 left.data.double=8
  ip -n "$lab-server" link set eth0 mtu 576 # for more, smaller segments
  record_http_boot client tap0
}

# record_http_boot HOST INTERFACE: the firmware asks for an address and gets a file's. The file boots nothing.
record_http_boot() {
  start_nginx
  start_boot_server --dhcp-option-force=option:vendor-class,HTTPClient --dhcp-boot="http://$server4/numbers.txt"
  record "$1" "$2"
  cp /usr/share/OVMF/OVMF_VARS.fd "$work/variables"
  # Without this it tries PXE for a minute first.
  spawn_machine "${firmware[@]}" -drive "if=pflash,format=raw,file=$work/variables" \
    -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n \
    -fw_cfg name=opt/org.tianocore/IPv6Support,string=n "${network_card[@]}"
  patience=60 await "request of the firmware" grep -q 'GET /numbers.txt' "$capture_pcap"
  sleep 2
  record_end
}

firmware=(-machine q35 -drive "if=pflash,format=raw,readonly=on,file=$ovmf")
network_card=(-device "virtio-net-pci,netdev=wire,mac=02:00:00:00:00:01,romfile=")

# make_grub COMMAND...: an EFI disk with a GRUB that runs the commands, once it has an address, and reboots.
make_grub() {
  mkdir -p "$work/disk/EFI/BOOT"
  {
    printf '%s\n' 'serial' 'terminal_output serial' 'net_bootp' "$@" 'reboot'
  } >"$work/grub.cfg"
  grub-mkstandalone -O x86_64-efi -o "$work/disk/EFI/BOOT/BOOTX64.EFI" --modules='efinet http net' \
    "boot/grub/grub.cfg=$work/grub.cfg"
}

run_grub() {
  cp /usr/share/OVMF/OVMF_VARS.fd "$work/variables"
  run_machine 60 "${firmware[@]}" -drive "if=pflash,format=raw,file=$work/variables" -drive "format=raw,file=fat:rw:$work/disk" \
    "${network_card[@]}"
}

# run_ipxe: the script on standard input, in a machine that ends with it. iPXE says what happens on the serial line.
run_ipxe() {
  { echo '#!ipxe'; cat; echo sleep 1; echo reboot; } >"$work/script.ipxe"
  run_machine 30 -kernel "$ipxe" -initrd "$work/script.ipxe" "${network_card[@]}"
}

# run_machine SECONDS OPTION...: a machine whose network card is on the client's tap0, until it reboots.
run_machine() {
  on client timeout "$1" qemu-system-x86_64 "${machine[@]}" -serial "file:$work/serial" "${@:2}" >"$work/machine" 2>&1
}

spawn_machine() {
  spawn client qemu-system-x86_64 "${machine[@]}" -serial "file:$work/serial" "$@"
}

machine=(-accel tcg -m 256 -display none -monitor none -no-reboot -netdev "tap,id=wire,ifname=tap0,script=no,downscript=no")

# start_boot_server [OPTION...]: dnsmasq with addresses, the name example.test and files for booting.
start_boot_server() {
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
    --interface=eth0 --bind-interfaces --dhcp-range=192.0.2.100,192.0.2.120,1h --dhcp-option=option:dns-server,"$server4" \
    --host-record=example.test,"$server4" --local=/example.test/ --dhcp-authoritative --no-ping \
    --dhcp-leasefile="$work/leases" --log-facility=- "$@"
  await_log started
}
