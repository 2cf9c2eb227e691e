# shellcheck shell=bash
# Servers with configurations of their own, each in the scenario's temporary folder.

# make_site: what the web servers serve.
make_site() {
  mkdir -p "$work/site"
  echo '<!doctype html><title>example.test</title><p>It works.' >"$work/site/index.html"
  seq -s ' ' 1000 >"$work/site/numbers.txt"
}

# make_certificate KEY: a self-signed certificate for example.test. KEY is `ec` or `rsa`.
make_certificate() {
  local kind=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1)
  if [ "$1" = rsa ]; then kind=(-newkey rsa:2048); fi
  openssl req -x509 "${kind[@]}" -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 3650 \
    -subj /CN=example.test -addext subjectAltName=DNS:example.test 2>/dev/null
}

# start_nginx [TLS DIRECTIVES]: port 80, and port 443 where there are directives.
start_nginx() {
  make_site
  local tls=
  if [ $# -gt 0 ]; then
    tls="listen 443 ssl http2; listen [::]:443 ssl http2;
         ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; $1"
  fi
  cat >"$work/nginx.conf" <<END
daemon off; master_process off; user root; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
events { }
http {
  access_log off; server_tokens off;
  client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server { server_name example.test; root $work/site; listen 80; listen [::]:80; gzip on; gzip_types text/plain; $tls }
}
END
  spawn server nginx -c "$work/nginx.conf"
  await_port server 80
}

# start_lighttpd
start_lighttpd() {
  make_site
  cat >"$work/lighttpd.conf" <<END
server.document-root = "$work/site"
server.port = 80
server.tag = "lighttpd"
index-file.names = ("index.html")
END
  spawn server lighttpd -D -f "$work/lighttpd.conf"
  await_port server 80
}

# fetch_url URL [CURL OPTION...]: as client, with the name example.test known.
fetch_url() {
  on client curl -sS -o "$work/fetched" --max-time 20 -A curl \
    --resolve "example.test:80:$server4" --resolve "example.test:443:$server4" "${@:2}" "$1"
}
