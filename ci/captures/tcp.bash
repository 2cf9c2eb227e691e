# shellcheck shell=bash
# TCP as Linux speaks it. conversations.py plays both ends with plain sockets; wire.py loses and reorders.

scenario ssh-openssh-linux "Linux client, Linux server; OpenSSH on both ends" "sshd ssh ssh-keygen" \
  "SSH: banners, key exchange, a refused log-in"
expect 'ssh.protocol' 'ssh.message_code == 20' 'ssh.message_code == 31' 'tcp.flags.fin == 1 || tcp.flags.reset == 1'
ssh-openssh-linux() {
  lab_open 4
  start_sshd
  record client eth0
  quietly on client ssh -p 22 -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -F none -l nobody "$server4"
  record_end
}

scenario ssh-openssh-dropbear-linux "Linux client, Linux server; Dropbear against OpenSSH" "sshd dbclient ssh-keygen" \
  "SSH between Dropbear and OpenSSH: banners and key exchange, over IPv6"
expect 'ssh.protocol contains "dropbear"' 'ssh.message_code == 20' ipv6
ssh-openssh-dropbear-linux() {
  lab_open 6
  start_sshd
  record client eth0
  quietly on client dbclient -y -y -s -l nobody "$server6" true
  record_end
}

start_sshd() {
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/hostkey"
  mkdir -p /run/sshd
  spawn server /usr/sbin/sshd -D -e -f /dev/null -h "$work/hostkey" -o UsePAM=no -o PidFile=none -o UseDNS=no \
    -o DebianBanner=no -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no
  await_port server 22
}

# converse NAME: a conversation of conversations.py, recorded at the client; for a lab that is open already.
converse() {
  record "${2-client}" "${3-eth0}"
  "$captures/conversations.py" "$1" "/run/netns/$lab-client" "/run/netns/$lab-server"
  record_end
}

scenario tcp-refused-linux "Linux client, Linux server" "" \
  "connections to ports where nothing listens, answered with RST, over IPv4 and IPv6"
expect 'tcp.flags.reset == 1 && tcp.flags.ack == 1 && ip' 'tcp.flags.reset == 1 && ipv6'
tcp-refused-linux() { lab_open 4 6; converse refused; }

scenario tcp-reset-linux "Linux client, Linux server" "" \
  "resets in mid-stream (SO_LINGER 0) by the client and by the server, one for unread data, and one for data after close"
expect 'tcp.flags.reset == 1 && ip.src == 192.0.2.1' 'tcp.flags.reset == 1 && ip.src == 192.0.2.2'
tcp-reset-linux() { lab_open 4; converse reset; }

scenario tcp-loss-linux "Linux client, Linux server" "" \
  "lost data: fast retransmissions after duplicate acknowledgements with SACK, and a retransmission after a timeout; seen by the sender"
expect tcp.options.sack_le 'tcp.analysis.fast_retransmission || tcp.analysis.rto < 0.1' "tcp.analysis.rto > 0.15" tcp.analysis.duplicate_ack
tcp-loss-linux() { lab_open_wire 4 right.data.drop=3,6,7,13,14,15,16; converse push; }

scenario tcp-loss-nosack-linux "Linux client, Linux server" "" \
  "lost data without SACK (New Reno): fast retransmission after duplicate acknowledgements; seen by the sender"
expect tcp.analysis.duplicate_ack tcp.analysis.retransmission '!tcp.options.sack_perm && tcp.flags.syn == 1'
tcp-loss-nosack-linux() {
  lab_open_wire 4 right.data.drop=4,6
  set_sysctl client net.ipv4.tcp_sack=0
  converse push
}

scenario tcp-loss-handshake-linux "Linux client, Linux server" "" \
  "a lost SYN and a lost SYN-ACK, sent again after a second; a lost FIN"
expect 'tcp.flags.syn == 1 && tcp.analysis.retransmission' 'tcp.flags.fin == 1 && tcp.analysis.retransmission'
tcp-loss-handshake-linux() { lab_open_wire 4 right.syn.drop=1 left.syn.drop=1 right.fin.drop=1; converse push_little; }

scenario tcp-sack-blocks-linux "Linux client, Linux server" "" \
  "every other segment lost, no timestamps: up to four SACK blocks in an acknowledgement; seen by the receiver"
expect 'tcp.options.sack.count == 4' '!tcp.options.timestamp.tsval && tcp.flags.syn == 1'
tcp-sack-blocks-linux() {
  lab_open_wire 4 right.data.drop=2,4,6,8
  set_sysctl client net.ipv4.tcp_timestamps=0
  converse push server
}

scenario tcp-reordered-linux "Linux client, Linux server" "" \
  "segments that overtake others, and duplicates: out-of-order data, SACK and D-SACK (RFC 2883); seen by the receiver"
expect tcp.analysis.lost_segment tcp.analysis.spurious_retransmission tcp.options.sack.dsack tcp.options.sack_le
tcp-reordered-linux() { lab_open_wire 4 right.data.swap=3,8 right.data.double=5 right.data.late=10; converse push server; }

scenario tcp-damaged-linux "Linux client, Linux server" "" \
  "segments damaged on the way, with wrong checksums, which the receiver ignores; seen by the receiver"
expect 'tcp.checksum.status == "Bad"' tcp.analysis.retransmission
allow checksum
tcp-damaged-linux() { lab_open_wire 4 right.data.flip=2,5; converse push server; }

scenario tcp-large-window-linux "Linux client, Linux server" "" \
  "window scaling by 14, with a window of more than a megabyte"
expect 'tcp.options.wscale.shift == 14' 'tcp.window_size > 1000000'
tcp-large-window-linux() {
  lab_open 4
  local host
  for host in client server; do set_sysctl "$host" net.ipv4.tcp_rmem='4096 8388608 1073741824'; done
  converse pull
}

scenario tcp-plain-linux "Linux client, Linux server" "" \
  "TCP as of RFC 793: no window scaling, no SACK, no timestamps"
expect 'tcp.flags.syn == 1 && !tcp.options.wscale && !tcp.options.sack_perm && !tcp.options.timestamp.tsval'
tcp-plain-linux() {
  lab_open 4
  set_sysctl client net.ipv4.tcp_window_scaling=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0
  converse pull
}

scenario tcp-syn-cookies-linux "Linux client, Linux server" "" \
  "a server that answers every SYN with a SYN cookie"
expect 'tcp.flags.syn == 1 && tcp.flags.ack == 1' 'tcp.len > 0'
tcp-syn-cookies-linux() {
  lab_open 4
  set_sysctl server net.ipv4.tcp_syncookies=2
  converse chat
}

scenario tcp-chat-linux "Linux client, Linux server" "" "short questions and answers over IPv4"
expect 'tcp.len < 20 && tcp.flags.push == 1'
tcp-chat-linux() { lab_open 4; converse chat; }

scenario tcp-half-close-linux "Linux client, Linux server" "" \
  "half close: the server goes on sending after the client's FIN"
expect 'tcp.flags.fin == 1 && ip.src == 192.0.2.1' 'tcp.len == 700'
tcp-half-close-linux() { lab_open 4; converse half_close; }

scenario tcp-zero-window-linux "Linux client, Linux server" "" \
  "a receiver that does not read: zero window, window probes, window updates"
# tshark takes Linux's probes, which carry no data, for keep-alives.
expect tcp.analysis.zero_window tcp.analysis.keep_alive tcp.analysis.window_full tcp.analysis.window_update
tcp-zero-window-linux() { lab_open 4; converse zero_window; }

scenario tcp-keep-alive-linux "Linux client, Linux server" "" \
  "keep-alive probes, answered first and then met with RST by a peer that has lost the connection"
expect tcp.analysis.keep_alive tcp.analysis.keep_alive_ack 'tcp.flags.reset == 1'
tcp-keep-alive-linux() { lab_open 4; converse keep_alive; }

scenario tcp-half-open-linux "Linux client, Linux server" "" \
  "half-open connections: data to a peer that has lost the connection, and a SYN into an old one with its challenge ACK"
expect 'tcp.flags.reset == 1' 'tcp.flags == 0x010 && tcp.ack > 1000000000'
tcp-half-open-linux() { lab_open 4; converse half_open; }

scenario tcp-urgent-linux "Linux client, Linux server" "" "urgent data"
expect 'tcp.flags.urg == 1 && tcp.urgent_pointer > 0'
tcp-urgent-linux() { lab_open 4; converse urgent; }

scenario tcp-simultaneous-linux "Linux client, Linux server" "" \
  "simultaneous open (both send a SYN) and simultaneous close (both send a FIN), over a slow wire"
expect 'tcp.flags == 0x002 && ip.src == 192.0.2.1' 'tcp.flags == 0x002 && ip.src == 192.0.2.2' 'tcp.flags.fin == 1'
tcp-simultaneous-linux() { lab_open_wire 4 right.any.delay left.any.delay; converse simultaneous_open; }

scenario tcp-small-segments-linux "Linux client, Linux server" "" \
  "maximum segment sizes of 88 and below on one side and on both"
expect 'tcp.options.mss_val < 100' 'tcp.len == 76'
tcp-small-segments-linux() { lab_open 4; converse small_segments; }

scenario tcp-ecn-linux "Linux client, Linux server" "" \
  "explicit congestion notification (RFC 3168): ECE and CWR in the handshake, a marked packet, its echo and the answer"
expect 'tcp.flags.syn == 1 && tcp.flags.ece == 1 && tcp.flags.cwr == 1' 'tcp.flags.syn == 0 && tcp.flags.ece == 1' \
  'tcp.flags.syn == 0 && tcp.flags.cwr == 1' 'ip.dsfield.ecn == 3'
tcp-ecn-linux() {
  lab_open_wire 4 right.data.mark=1
  set_sysctl client net.ipv4.tcp_ecn=1
  converse push server
}

scenario tcp-accurate-ecn-linux "Linux client, Linux server" "" \
  "accurate ECN (RFC 9768): the AE flag in the handshake, ACE counters and the AccECN option"
expect 'tcp.flags.syn == 1 && tcp.flags.ns == 1' 'tcp.option_kind == 172 || tcp.option_kind == 174'
optional "needs a kernel that offers it (net.ipv4.tcp_ecn=3)"
tcp-accurate-ecn-linux() {
  lab_open_wire 4 right.data.mark=3,4
  quietly set_sysctl client net.ipv4.tcp_ecn=3
  [ "$(on client sysctl -n net.ipv4.tcp_ecn)" = 3 ] || skip "the kernel has no accurate ECN"
  set_sysctl server net.ipv4.tcp_ecn=3
  converse push server
}

scenario tcp-fast-open-linux "Linux client, Linux server" "" \
  "TCP fast open (RFC 7413): a cookie asked for and given, then data in the SYN"
expect tcp.options.tfo.request tcp.options.tfo.cookie 'tcp.flags.syn == 1 && tcp.len > 0'
tcp-fast-open-linux() {
  lab_open 4
  set_sysctl client net.ipv4.tcp_fastopen=3 net.ipv4.tcp_no_metrics_save=0
  set_sysctl server net.ipv4.tcp_fastopen=3
  converse fast_open
}

scenario tcp-md5-linux "Linux client, Linux server" "" \
  "TCP MD5 signatures (RFC 2385), and an unsigned SYN that stays unanswered"
expect tcp.options.md5.digest 'tcp.flags.syn == 1 && !tcp.options.md5.digest'
tcp-md5-linux() { lab_open 4; converse signed; }

scenario tcp-multipath-linux "Linux client, Linux server" "" \
  "multipath TCP (RFC 8684): MP_CAPABLE, ADD_ADDR, MP_JOIN, DSS, DATA_FIN, an abort, and the fall-back to plain TCP"
expect 'tcp.options.mptcp.subtype == 0' 'tcp.options.mptcp.subtype == 1' 'tcp.options.mptcp.subtype == 2' \
  'tcp.options.mptcp.subtype == 3' 'tcp.options.mptcp.subtype == 7'
tcp-multipath-linux() {
  lab_open 4
  on client sysctl -n net.mptcp.enabled >/dev/null || skip "the kernel has no multipath TCP"
  ip -n "$lab-client" address add 198.51.100.1/24 dev eth0
  ip -n "$lab-server" address add 198.51.100.2/24 dev eth0
  ip -n "$lab-client" mptcp limits set subflow 2 add_addr_accepted 2
  ip -n "$lab-server" mptcp limits set subflow 2 add_addr_accepted 2
  ip -n "$lab-client" mptcp endpoint add 198.51.100.1 dev eth0 subflow
  ip -n "$lab-server" mptcp endpoint add 198.51.100.2 dev eth0 signal
  converse multipath
}

scenario tcp-ip-options-linux "Linux client, Linux server" "" \
  "TCP over IPv4 with record route, timestamp and router alert options, and over IPv6 with hop-by-hop and destination options"
expect ip.opt.type 'ipv6.dstopts && tcp' 'ipv6.hopopts && tcp'
tcp-ip-options-linux() { lab_open 4 6; converse ip_options; }
