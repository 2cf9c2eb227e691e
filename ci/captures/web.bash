# shellcheck shell=bash
# HTTP and HTTPS.

scenario http-nginx-curl-linux "Linux client, Linux server" "nginx curl" \
  "HTTP/1.1 over one connection: a page, a longer compressed text, a 404, and an orderly close"
expect "http.response.code == 404" 'http.content_encoding == "gzip"' "tcp.flags.fin == 1" arp
http-nginx-curl-linux() {
  lab_open 4
  start_nginx
  record client eth0
  local common=(-sS -o /dev/null -A curl --resolve "example.test:80:$server4")
  on client curl "${common[@]}" http://example.test/ --next "${common[@]}" --compressed http://example.test/numbers.txt \
    --next "${common[@]}" http://example.test/missing
  record_end
}

scenario http-lighttpd-curl-linux "Linux client, Linux server" "lighttpd curl" \
  "HTTP/1.0 GET closed by the server, an HTTP/1.1 range request and a HEAD, each over its own connection"
expect "http.response.code == 206" 'http.request.method == "HEAD"' 'http.request.version == "HTTP/1.0"'
http-lighttpd-curl-linux() {
  lab_open 4
  start_lighttpd
  record client eth0
  fetch_url http://example.test/numbers.txt --http1.0
  fetch_url http://example.test/numbers.txt --range 100-299
  fetch_url http://example.test/ --head
  record_end
}

scenario http6-nginx-curl-linux "Linux client, Linux server" "nginx curl" \
  "HTTP/1.1 over IPv6, with the neighbour discovery before it"
expect 'icmpv6.type == 135' 'icmpv6.type == 136' 'ipv6 && http.response.code == 200'
http6-nginx-curl-linux() {
  lab_open 6
  start_nginx
  record client eth0
  on client curl -sS -o "$work/fetched" -A curl --resolve "example.test:80:[$server6]" http://example.test/numbers.txt
  record_end
}

scenario https-tls13-nginx-curl-linux "Linux client, Linux server; OpenSSL on both ends" "nginx curl openssl" \
  "TLS 1.3 with an ECDSA certificate, ALPN and HTTP/2"
expect 'tls.handshake.extensions.supported_version == 0x0304 && tls.handshake.type == 2'
https-tls13-nginx-curl-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.3;"
  record client eth0
  fetch_url https://example.test/ --cacert "$work/cert.pem" --http2
  record_end
}

scenario https-tls12-nginx-curl-linux "Linux client, Linux server; OpenSSL on both ends" "nginx curl openssl" \
  "TLS 1.2 (ECDHE-RSA, AES-GCM) with an RSA certificate and HTTP/1.1"
expect 'tls.handshake.version == 0x0303 && tls.handshake.type == 11' 'tls.handshake.type == 16'
https-tls12-nginx-curl-linux() {
  lab_open 4
  make_certificate rsa
  start_nginx "ssl_protocols TLSv1.2;"
  record client eth0
  fetch_url https://example.test/ --cacert "$work/cert.pem" --http1.1
  record_end
}

scenario https-tls12-resumed-openssl-linux "Linux client, Linux server; OpenSSL on both ends" "nginx openssl" \
  "TLS 1.2 with a session ticket, then a handshake that resumes the session"
expect 'tls.handshake.type == 4' 'tls.handshake.type == 2 && !tls.handshake.certificate'
https-tls12-resumed-openssl-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.2; ssl_session_tickets on;"
  record client eth0
  s_client -tls1_2 -sess_out "$work/session"
  s_client -tls1_2 -sess_in "$work/session"
  record_end
}

scenario https-tls13-hello-retry-openssl-linux "Linux client, Linux server; OpenSSL on both ends" "nginx openssl" \
  "TLS 1.3 with a HelloRetryRequest (the client's first key share is refused), ChaCha20-Poly1305, then a resumption by PSK"
expect 'tls.handshake.random == cf:21:ad:74:e5:9a:61:11:be:1d:8c:02:1e:65:b8:91:c2:a2:11:16:7a:bb:8c:5e:07:9e:09:e2:c8:a8:33:9c' \
  'tls.handshake.extensions.psk.identity.identity'
https-tls13-hello-retry-openssl-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.3; ssl_ecdh_curve P-384; ssl_session_tickets on;"
  record client eth0
  s_client -tls1_3 -groups X25519:P-384 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -sess_out "$work/session"
  s_client -tls1_3 -groups P-384 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -sess_in "$work/session"
  record_end
}

scenario https-tls13-nginx-gnutls-linux "Linux client, Linux server; GnuTLS against OpenSSL" "nginx gnutls-cli openssl" \
  "TLS 1.3 between GnuTLS and OpenSSL"
expect 'tls.handshake.extensions.supported_version == 0x0304 && tls.handshake.type == 2'
https-tls13-nginx-gnutls-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.2 TLSv1.3;"
  record client eth0
  request | on client gnutls-cli --logfile=/dev/null --x509cafile="$work/cert.pem" --no-ca-verification \
    --sni-hostname=example.test --verify-hostname=example.test --priority='NORMAL:-VERS-ALL:+VERS-TLS1.3' "$server4" \
    >"$work/answer"
  grep -q 'It works' "$work/answer"
  record_end
}

scenario https-tls12-nginx-gnutls-linux "Linux client, Linux server; GnuTLS against OpenSSL" "nginx gnutls-cli openssl" \
  "TLS 1.2 (ECDHE-ECDSA, AES-CBC, encrypt-then-MAC offered) between GnuTLS and OpenSSL"
expect 'tls.handshake.ciphersuite == 0xc023 && tls.handshake.type == 2'
https-tls12-nginx-gnutls-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-SHA256;"
  record client eth0
  request | on client gnutls-cli --logfile=/dev/null --no-ca-verification --sni-hostname=example.test \
    --priority='NORMAL:-VERS-ALL:+VERS-TLS1.2:+AES-128-CBC:+SHA256:+ECDHE-ECDSA' "$server4" >"$work/answer"
  grep -q 'It works' "$work/answer"
  record_end
}

scenario https-tls-refused-openssl-linux "Linux client, Linux server; OpenSSL on both ends" "nginx openssl" \
  "TLS alerts: a version that the server refuses, an unknown authority that the client refuses, plain HTTP to the TLS port"
expect 'tls.alert_message.desc == 70' 'tls.alert_message.desc == 48' 'http.response.code == 400'
https-tls-refused-openssl-linux() {
  lab_open 4
  make_certificate ec
  start_nginx "ssl_protocols TLSv1.3;"
  record client eth0
  quietly s_client -tls1_2
  quietly on client openssl s_client -connect "$server4:443" -servername example.test -verify_return_error </dev/null
  quietly fetch_url http://example.test:443/ --resolve "example.test:443:$server4"
  record_end
}

# s_client OPTION...: one request through openssl s_client.
s_client() {
  { request; sleep 0.3; } |
    on client openssl s_client -connect "$server4:443" -servername example.test -ign_eof "$@" >"$work/answer" 2>&1
  grep -q 'It works' "$work/answer"
}

request() {
  printf 'GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n'
}
