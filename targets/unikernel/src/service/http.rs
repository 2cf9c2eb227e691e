//! HTTP/1.1 (RFC 9112), as much as two pages need: each request is answered, and the connection closed where the client
//! asks for it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use smoltcp::socket::tcp::Socket;

use super::metrics::Metrics;

/// Longest head of a request in bytes.
const HEAD: usize = 8 << 10;

/// What one connection has sent, and what is to be sent to it.
#[derive(Default)]
pub struct Exchange {
    request: Vec<u8>,
    response: Vec<u8>,
    closing: bool,
}

impl Exchange {
    /// Takes bytes from the client.
    pub fn receive(&mut self, bytes: &[u8], metrics: &mut Metrics) {
        self.request.extend_from_slice(bytes);
        while !self.closing && self.answer(metrics) {}
    }

    /// What is to be sent to the client; it is taken away by the caller.
    pub fn response(&mut self) -> &mut Vec<u8> {
        &mut self.response
    }

    /// Whether nothing more is to come after the response.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Goes on over a socket without TLS.
    pub fn work(&mut self, socket: &mut Socket<'_>, metrics: &mut Metrics) {
        while socket.can_recv() && self.response.len() < HEAD {
            let received = socket.recv(|bytes| {
                self.receive(bytes, metrics);
                (bytes.len(), ())
            });
            if received.is_err() {
                break;
            }
        }
        send(socket, &mut self.response);
        if self.response.is_empty() && (self.closing || !socket.may_recv() && !socket.can_recv()) {
            socket.close();
        }
    }

    /// Answers the first request if it has come whole.
    fn answer(&mut self, metrics: &mut Metrics) -> bool {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let (status, body, length, close) = match request.parse(&self.request) {
            Ok(httparse::Status::Complete(length)) => {
                let header = |name: &str| {
                    let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                    found.map_or(&[][..], |header| header.value)
                };
                let close = request.version == Some(0) || header("connection").eq_ignore_ascii_case(b"close");
                let (status, body) = page(request.method, request.path, metrics);
                // A body that follows would be taken for the next request.
                let bare = header("content-length").is_empty() && header("transfer-encoding").is_empty();
                (status, body, length, close || !bare)
            }
            Ok(httparse::Status::Partial) if self.request.len() <= HEAD => return false,
            Ok(httparse::Status::Partial) => {
                ("431 Request Header Fields Too Large", String::new(), self.request.len(), true)
            }
            Err(_) => ("400 Bad Request", String::new(), self.request.len(), true),
        };
        metrics.requests += 1;
        let connection = if close { "close" } else { "keep-alive" };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: \
             {connection}\r\n\r\n",
            body.len()
        );
        self.response.extend_from_slice(head.as_bytes());
        if request.method != Some("HEAD") {
            self.response.extend_from_slice(body.as_bytes());
        }
        self.closing |= close;
        self.request.drain(..length);
        true
    }
}

/// Status and body of a page.
fn page(method: Option<&str>, path: Option<&str>, metrics: &Metrics) -> (&'static str, String) {
    let path = path.map(|path| path.split_once('?').map_or(path, |(path, _query)| path));
    match (method, path) {
        (Some("GET" | "HEAD"), Some("/")) => ("200 OK", "Halligan's unikernel is up.\n".into()),
        (Some("GET" | "HEAD"), Some("/metrics")) => ("200 OK", metrics.prometheus()),
        (Some("GET" | "HEAD"), _) => ("404 Not Found", "There is nothing here but / and /metrics.\n".into()),
        _ => ("405 Method Not Allowed", "Only GET and HEAD are served.\n".into()),
    }
}

/// Sends as much of `bytes` as there is room for, and takes it away.
pub fn send(socket: &mut Socket<'_>, bytes: &mut Vec<u8>) {
    if socket.can_send() {
        let sent = socket.send_slice(bytes).unwrap_or(0);
        bytes.drain(..sent);
    }
}
