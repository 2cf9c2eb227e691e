# shellcheck shell=bash
# DNS over UDP and TCP, and names on the local link.

scenario dns-udp-bind-dig-linux "Linux client, Linux server; BIND on both ends" "named dig" \
  "DNS over UDP with EDNS and cookies: A, AAAA, NS, SOA, MX, TXT, CNAME, SRV, CAA, NAPTR, HTTPS, SSHFP, a wildcard, no data, NXDOMAIN, REFUSED"
expect 'dns.resp.type == 1' 'dns.resp.type == 28' 'dns.resp.type == 5' 'dns.resp.type == 15' 'dns.resp.type == 16' \
  'dns.resp.type == 33' 'dns.resp.type == 35' 'dns.resp.type == 257' 'dns.resp.type == 65' 'dns.flags.rcode == 3' \
  'dns.flags.rcode == 5' 'dns.opt.code == 10' 'udp.port == 53'
dns-udp-bind-dig-linux() {
  lab_open 4
  start_bind
  record client eth0
  local type
  for type in A AAAA NS SOA MX TXT; do ask "$type" example.test; done
  ask A www.example.test
  ask SRV _sip._tcp.example.test
  ask CAA example.test
  ask NAPTR example.test
  ask HTTPS example.test
  ask SSHFP host.example.test
  ask A any.wild.example.test
  ask AAAA host.example.test
  ask A missing.example.test
  ask A example.net
  record_end
}

scenario dns-plain-bind-dig-linux "Linux client, Linux server; BIND on both ends" "named dig" \
  "DNS as of RFC 1035 (no EDNS): queries without recursion, a mixed-case name, the server's name in class CHAOS, an opcode that is not implemented"
expect 'dns && !dns.opt' 'dns.qry.class == 3' 'dns.flags.rcode == 4' 'dns.flags.recdesired == 0'
dns-plain-bind-dig-linux() {
  lab_open 4
  start_bind
  record client eth0
  ask +noedns +norecurse A host.example.test
  ask +noedns A HoSt.ExAmPlE.tEsT
  ask +noedns CH TXT version.bind
  ask +noedns +opcode=status A example.test
  record_end
}

scenario dns-truncated-bind-dig-linux "Linux client, Linux server; BIND on both ends" "named dig" \
  "a truncated answer over UDP, then the same question over TCP; a large answer over UDP in IPv4 fragments; a zone transfer over TCP"
expect 'dns.flags.truncated == 1' 'tcp.port == 53' 'ip.flags.mf == 1' 'dns.qry.type == 252'
dns-truncated-bind-dig-linux() {
  lab_open 4
  start_bind
  record client eth0
  ask +noedns TXT large.example.test
  ask +bufsize=4096 TXT large.example.test
  ask AXFR example.test
  record_end
}

scenario dns-tcp-bind-dig-linux "Linux client, Linux server; BIND on both ends" "named dig" \
  "several questions over one TCP connection (RFC 7766), over IPv6"
expect 'tcp.port == 53 && dns.flags.response == 1' 'ipv6'
dns-tcp-bind-dig-linux() {
  lab_open 6
  start_bind
  record client eth0
  on client dig @"$server6" +tcp +keepopen +tries=1 example.test A example.test MX example.test TXT >"$work/answer"
  record_end
}

scenario dns-dnssec-bind-dig-linux "Linux client, Linux server; BIND on both ends" "named dig dnssec-keygen dnssec-signzone" \
  "DNSSEC: DNSKEY, RRSIG, NSEC3 and NSEC3PARAM in answers, a signed NXDOMAIN"
expect 'dns.resp.type == 46' 'dns.resp.type == 48' 'dns.resp.type == 50' 'dns.flags.rcode == 3'
dns-dnssec-bind-dig-linux() {
  lab_open 4
  sign=yes start_bind
  record client eth0
  ask +dnssec DNSKEY example.test
  ask +dnssec A host.example.test
  ask +dnssec NSEC3PARAM example.test
  ask +dnssec A missing.example.test
  ask +dnssec AAAA host.example.test
  record_end
}

scenario dns-update-bind-nsupdate-linux "Linux client, Linux server; BIND on both ends" "named nsupdate dig" \
  "dynamic updates (RFC 2136) over UDP and TCP with TSIG: accepted, refused for a prerequisite, refused for a bad key"
expect 'dns.flags.opcode == 5' 'dns.resp.type == 250' 'dns.flags.rcode == 0 && dns.flags.opcode == 5' \
  'dns.flags.rcode == 9' 'dns.flags.rcode == 6' 'tcp.port == 53'
dns-update-bind-nsupdate-linux() {
  lab_open 4
  start_bind
  record client eth0
  update hmac-sha256:update:c2VjcmV0IG9mIHRoZSBjYXB0dXJl '' 'update add new.example.test 60 A 198.51.100.7'
  update hmac-sha256:update:c2VjcmV0IG9mIHRoZSBjYXB0dXJl -v 'update delete new.example.test A'
  update hmac-sha256:update:c2VjcmV0IG9mIHRoZSBjYXB0dXJl '' 'prereq nxdomain host.example.test
update delete host.example.test A'
  update hmac-sha256:update:bm90IHRoZSBzZWNyZXQgb2YgaXQ= '' 'update delete host.example.test A'
  record_end
}

scenario dns-unbound-kdig-linux "Linux client, Linux server; Knot's kdig against Unbound" "unbound kdig" \
  "Unbound's answers to kdig over UDP and TCP, with EDNS padding, NSID and client subnet; a PTR"
expect 'dns.opt.code == 12' 'dns.opt.code == 3' 'dns.opt.code == 8' 'dns.resp.type == 12' 'tcp.port == 53'
dns-unbound-kdig-linux() {
  lab_open 4
  start_unbound
  record client eth0
  kask A example.test
  kask +padding=128 +nsid AAAA example.test
  kask +subnet=198.51.100.0/24 +bufsize=512 TXT example.test
  kask +tcp MX example.test
  kask -x 192.0.2.2
  record_end
}

scenario dns-tls-unbound-kdig-linux "Linux client, Linux server; GnuTLS against OpenSSL" "unbound kdig openssl" \
  "DNS over TLS (RFC 7858)"
expect 'tcp.port == 853' 'tls.handshake.type == 1'
dns-tls-unbound-kdig-linux() {
  lab_open 4
  make_certificate ec
  start_unbound "interface: $server4@853
  tls-service-key: $work/key.pem
  tls-service-pem: $work/cert.pem
  tls-port: 853"
  record client eth0
  kask +tls A example.test
  record_end
}

scenario dns-dnsmasq-dig-linux "Linux client, Linux server; BIND's dig against dnsmasq" "dnsmasq dig" \
  "dnsmasq's answers: A, PTR, SRV, TXT, NXDOMAIN, REFUSED"
expect 'dns.resp.type == 1' 'dns.resp.type == 12' 'dns.resp.type == 33' 'dns.flags.rcode == 3' 'dns.flags.rcode == 5'
dns-dnsmasq-dig-linux() {
  lab_open 4
  spawn server dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
    --local=/example.test/ --host-record=host.example.test,192.0.2.7,2001:db8::7 --log-facility=- \
    --srv-host=_http._tcp.example.test,host.example.test,80 --txt-record=example.test,one,two
  await_port server 53
  record client eth0
  ask A host.example.test
  ask -x 192.0.2.7
  ask SRV _http._tcp.example.test
  ask TXT example.test
  ask A missing.example.test
  ask A example.net
  record_end
}

# ask ARGUMENT...: a question to the server, from the client; its own retries are off.
ask() {
  on client dig @"$server4" +tries=1 "$@" >"$work/answer"
}

kask() {
  on client kdig @"$server4" +retry=0 "$@" >"$work/answer"
}

# update KEY OPTION COMMANDS: one dynamic update; some are meant to be refused.
update() {
  # shellcheck disable=SC2086 # the option may be empty
  quietly on client nsupdate -y "$1" $2 <<<"server $server4
zone example.test
$3
send"
}

# make_zone: example.test, with a record of every kind asked for above.
make_zone() {
  cat >"$work/zone" <<END
\$ORIGIN example.test.
\$TTL 300
@       SOA    ns hostmaster 1 3600 600 86400 60
        NS     ns
        A      $server4
        AAAA   $server6
        MX     10 mail
        MX     20 mail.example.net.
        TXT    "v=spf1 -all"
        TXT    "a second" "in two strings"
        CAA    0 issue "ca.example.net"
        NAPTR  100 10 "u" "E2U+sip" "!^.*\$!sip:info@example.test!" .
        HTTPS  1 . alpn=h2 ipv4hint=192.0.2.2
ns      A      $server4
mail    A      192.0.2.25
host    A      192.0.2.7
        SSHFP  4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
www     CNAME  host
*.wild  A      192.0.2.9
_sip._tcp SRV  10 60 5060 host
END
  local word
  for word in one two three four five six seven eight nine ten; do
    echo "large TXT \"$word $(seq -s ' ' 70)\"" >>"$work/zone"
  done
}

# start_bind: authoritative for example.test, which it signs first where `sign` is set.
start_bind() {
  make_zone
  local zone=$work/zone
  if [ -n "${sign-}" ]; then
    (
      cd "$work" || exit
      dnssec-keygen -q -a ECDSAP256SHA256 example.test
      dnssec-keygen -q -a ECDSAP256SHA256 -f KSK example.test
      dnssec-signzone -Q -S -3 aabb -o example.test zone
    ) >"$work/signing" 2>&1
    zone=$work/zone.signed
  fi
  cat >"$work/named.conf" <<END
options {
  directory "$work"; pid-file none; session-keyfile none; listen-on { any; }; listen-on-v6 { any; };
  recursion no; allow-transfer { any; }; empty-zones-enable no; version "example"; max-udp-size 4096;
};
controls { };
key update { algorithm hmac-sha256; secret "c2VjcmV0IG9mIHRoZSBjYXB0dXJl"; };
zone example.test { type primary; file "$zone"; allow-update { key update; }; notify no; };
END
  spawn server named -g -n 1 -c "$work/named.conf"
  await_log ' running'
}

# start_unbound [MORE]: answers for example.test from its own configuration.
start_unbound() {
  cat >"$work/unbound.conf" <<END
server:
  username: ""
  chroot: ""
  directory: "$work"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: $server4
  access-control: 192.0.2.0/24 allow
  nsid: "ascii_example"
  module-config: "subnetcache iterator"
  send-client-subnet: 192.0.2.0/24
  local-zone: "example.test." static
  local-data: "example.test. A $server4"
  local-data: "example.test. AAAA $server6"
  local-data: "example.test. MX 10 mail.example.test."
  local-data: 'example.test. TXT "v=spf1 -all"'
  local-data-ptr: "$server4 example.test"
  ${1-}
remote-control:
  control-enable: no
END
  spawn server unbound -d -c "$work/unbound.conf"
  await_port server 53
}
