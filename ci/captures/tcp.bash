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
expect tcp.options.sack_le "tcp.analysis.rto < 0.1" "tcp.analysis.rto > 0.15" tcp.analysis.duplicate_ack
tcp-loss-linux() { lab_open_wire 4 right.data.drop=3,6,7,14; converse push; }

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

scenario tcp-reordered-linux "Linux client, Linux server" "" \
  "segments that overtake others, and duplicates: out-of-order data, SACK and D-SACK (RFC 2883); seen by the receiver"
expect tcp.analysis.out_of_order tcp.options.sack.dsack tcp.options.sack_le
tcp-reordered-linux() { lab_open_wire 4 right.data.swap=3,8 right.data.double=5 right.data.late=10; converse push server; }
