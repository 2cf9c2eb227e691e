#!/usr/bin/python3
"""Conversations over plain sockets, both ends in one process, each in its own network namespace.

    conversations.py NAME CLIENT_NAMESPACE SERVER_NAMESPACE

One process for both makes the order of events the same every time.
"""
import ctypes
import os
import socket
import struct
import sys
import time

CLIENT4, SERVER4 = "192.0.2.1", "192.0.2.2"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"
PORT = 7777
CLONE_NEWNET = 0x40000000
TCP_MD5SIG, TCP_REPAIR = 14, 19  # linux/tcp.h
SMALL_SEGMENTS = [(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)]  # they keep captures small
LIBC = ctypes.CDLL(None, use_errno=True)


class Host:
    """A network namespace to open sockets in."""

    def __init__(self, path):
        self.namespace = os.open(path, os.O_RDONLY)

    def socket(self, family=socket.AF_INET, protocol=0):
        """A TCP socket; it stays in its namespace whatever the process does later."""
        if LIBC.setns(self.namespace, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        made = socket.socket(family, socket.SOCK_STREAM, protocol)
        made.settimeout(20)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made


client, server = Host(sys.argv[2]), Host(sys.argv[3])


def listen(address=SERVER4, port=PORT, options=(), protocol=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = server.socket(family, protocol)
    for option in options:
        listener.setsockopt(*option)
    listener.bind((address, port))
    listener.listen()
    return listener


def connect(listener, options=(), protocol=0):
    """(client's end, server's end) of a new connection."""
    caller = client.socket(listener.family, protocol)
    for option in options:
        caller.setsockopt(*option)
    caller.connect(listener.getsockname()[:2])
    return caller, listener.accept()[0]


def text(size):
    return b"".join(b"line %05d\n" % n for n in range(size // 11 + 1))[:size]


def read(end, size):
    data = b""
    while len(data) < size:
        piece = end.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_all(end):
    data = b""
    while piece := end.recv(65536):
        data += piece
    return data


def close_both(first, second):
    first.close()
    read_all(second)
    second.close()
    time.sleep(0.1)


def abort(end):
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
    time.sleep(0.1)


def refused():
    for family, address in (socket.AF_INET, SERVER4), (socket.AF_INET6, SERVER6):
        for port in 1, 7, 65535:
            caller = client.socket(family)
            assert caller.connect_ex((address, port)) != 0
            caller.close()


def reset():
    listener = listen()
    for aborts in 0, 1:
        ends = connect(listener)
        ends[0].sendall(b"question")
        read(ends[1], 8)
        ends[1].sendall(text(3000))
        read(ends[0], 3000)
        abort(ends[aborts])
        ends[1 - aborts].close()
    caller, answerer = connect(listener)
    caller.sendall(text(100))
    time.sleep(0.1)
    answerer.close()  # unread data: RST instead of FIN
    time.sleep(0.1)
    caller.close()
    caller, answerer = connect(listener)
    answerer.close()
    time.sleep(0.1)
    caller.sendall(b"too late")
    time.sleep(0.1)
    caller.close()


def push(size=6000, options=SMALL_SEGMENTS, pause=0.5):
    """The client sends, the server reads; then both close."""
    caller, answerer = connect(listen(options=options), options)
    caller.sendall(text(size))
    assert read(answerer, size) == text(size)
    time.sleep(pause)
    close_both(caller, answerer)


def push_little():
    push(200, pause=1)
    time.sleep(0.5)


def pull():
    """The server sends; the window grows as the client reads."""
    caller, answerer = connect(listen())
    caller.sendall(b"all, please")
    read(answerer, 11)
    answerer.sendall(text(5000))
    answerer.shutdown(socket.SHUT_WR)
    assert read_all(caller) == text(5000)
    caller.close()
    answerer.close()
    time.sleep(0.1)


def chat():
    """Small questions and answers, as people and line protocols send them."""
    caller, answerer = connect(listen())
    for line in b"hello\n", b"a\n", b"longer than that\n":
        caller.sendall(line)
        answerer.sendall(read(answerer, len(line)).upper())
        read(caller, len(line))
        time.sleep(0.05)
    close_both(caller, answerer)


def half_close():
    """The client says that it has no more; the server answers after that."""
    caller, answerer = connect(listen())
    caller.sendall(text(500))
    caller.shutdown(socket.SHUT_WR)
    assert read_all(answerer) == text(500)
    for _ in range(3):
        answerer.sendall(text(700))
        time.sleep(0.05)
    answerer.close()
    assert len(read_all(caller)) == 2100
    caller.close()
    time.sleep(0.1)


def zero_window():
    """The server does not read until its window is full and the client has probed it."""
    caller, answerer = connect(listen(options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)]))
    caller.setblocking(False)
    sent = caller.send(text(6000))
    time.sleep(1.2)
    assert read(answerer, sent) == text(sent)
    time.sleep(0.3)
    caller.settimeout(20)
    close_both(caller, answerer)


def keep_alive():
    """An idle connection probed and answered; then one whose peer has forgotten it."""
    options = [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    ]
    caller, answerer = connect(listen(), options)
    caller.sendall(b"still there?")
    read(answerer, 12)
    time.sleep(2.5)
    forget(answerer)
    time.sleep(1.5)
    caller.close()


def forget(end):
    """Closes a socket without a segment, as if its host had been switched off and on again."""
    end.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    end.close()


def half_open():
    """The server has lost the connection: data, a FIN and a new connection from the same port meet that."""
    listener = listen()
    caller, answerer = connect(listener)
    caller.sendall(b"before")
    read(answerer, 6)
    forget(answerer)
    caller.sendall(b"after")
    time.sleep(0.1)
    caller.close()
    caller, answerer = connect(listener)
    port = caller.getsockname()[1]
    forget(caller)
    # The server still holds the connection, so it answers this SYN with a challenge ACK (RFC 5961, section 4).
    again = client.socket()
    again.bind((CLIENT4, port))
    again.connect((SERVER4, PORT))
    close_both(again, listener.accept()[0])
    answerer.close()


def fast_open():
    """Asks for a cookie, sends data in the next SYN, then once more with the answer in the SYN-ACK's wake."""
    listener = listen(options=[(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)])
    for _ in range(3):
        caller = client.socket()
        caller.settimeout(None)
        caller.sendto(b"in the SYN", socket.MSG_FASTOPEN, (SERVER4, PORT))
        answerer = listener.accept()[0]
        read(answerer, 10)
        answerer.sendall(b"answer")
        read(caller, 6)
        close_both(caller, answerer)


def urgent():
    caller, answerer = connect(listen())
    caller.sendall(b"normal ")
    caller.send(b"!", socket.MSG_OOB)
    caller.sendall(b" more")
    caller.send(b"two urgent", socket.MSG_OOB)
    time.sleep(0.2)
    close_both(caller, answerer)


def signed():
    """TCP MD5 signatures (RFC 2385), then a caller without one, whom the server ignores."""
    signature = lambda address: (socket.IPPROTO_TCP, TCP_MD5SIG, md5_key(address, b"captured"))
    listener = listen(options=[signature(CLIENT4)])
    caller, answerer = connect(listener, [signature(SERVER4)])
    caller.sendall(text(300))
    read(answerer, 300)
    close_both(caller, answerer)
    caller = client.socket()
    caller.settimeout(1.5)
    try:
        caller.connect((SERVER4, PORT))
        raise AssertionError("a caller without a signature was let in")
    except socket.timeout:
        caller.close()


def md5_key(address, key):
    """struct tcp_md5sig of linux/tcp.h."""
    sockaddr = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")
    return sockaddr + struct.pack("=BBHI80s", 0, 0, len(key), 0, key)


def simultaneous_open():
    """Both ends call each other, and the SYNs cross."""
    ends = client.socket(), server.socket()
    addresses = (CLIENT4, PORT), (SERVER4, PORT)
    for end, own in zip(ends, addresses):
        end.bind(own)
        end.setblocking(False)
    for end, peer in zip(ends, reversed(addresses)):
        end.connect_ex(peer)
    for end in ends:
        end.settimeout(20)
    time.sleep(1)
    ends[0].sendall(b"open")
    read(ends[1], 4)
    time.sleep(0.3)
    for end in ends:  # and the FINs cross too
        end.shutdown(socket.SHUT_WR)
    for end in ends:
        read_all(end)
    time.sleep(0.5)


def small_segments():
    """The smallest segment sizes that Linux takes, on one side and on both."""
    least = [(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)]
    push(1000, least, pause=0.1)
    caller, answerer = connect(listen(port=PORT + 1), least)
    answerer.sendall(text(600))
    read(caller, 600)
    close_both(caller, answerer)


def multipath():
    """A multipath connection over two addresses of the client, data both ways."""
    listener = listen(protocol=socket.IPPROTO_MPTCP)
    caller, answerer = connect(listener, protocol=socket.IPPROTO_MPTCP)
    for _ in range(4):
        caller.sendall(text(900))
        read(answerer, 900)
        answerer.sendall(text(400))
        read(caller, 400)
        time.sleep(0.2)
    close_both(caller, answerer)
    time.sleep(0.3)
    caller, answerer = connect(listener, protocol=socket.IPPROTO_MPTCP)
    caller.sendall(b"then an abort")
    read(answerer, 13)
    abort(caller)
    answerer.close()
    # A listener without multipath: the client falls back to plain TCP.
    caller, answerer = connect(listen(port=PORT + 1), protocol=socket.IPPROTO_MPTCP)
    caller.sendall(b"plain")
    read(answerer, 5)
    close_both(caller, answerer)


def ip_options():
    """TCP over IPv4 with options (record route, timestamp, router alert) and over IPv6 with extension headers."""
    record_route = bytes([7, 11, 4]) + bytes(8)
    timestamp = bytes([68, 12, 5, 0]) + bytes(8)
    router_alert = bytes([148, 4, 0, 0])
    for options in record_route, timestamp, router_alert:
        caller, answerer = connect(listen(), [(socket.IPPROTO_IP, socket.IP_OPTIONS, options + b"\0" * (-len(options) % 4))])
        caller.sendall(b"with options")
        read(answerer, 12)
        close_both(caller, answerer)
    padding = bytes([0, 0, 1, 4]) + bytes(4)  # next header, length 8, PadN
    for option in socket.IPV6_DSTOPTS, socket.IPV6_HOPOPTS:
        caller, answerer = connect(listen(SERVER6), [(socket.IPPROTO_IPV6, option, padding)])
        caller.sendall(b"with extension header")
        read(answerer, 21)
        close_both(caller, answerer)


globals()[sys.argv[1]]()
