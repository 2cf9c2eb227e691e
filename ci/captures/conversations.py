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


def push(size=16000):
    """The client sends, the server reads; then both close."""
    caller, answerer = connect(listen())
    caller.sendall(text(size))
    assert read(answerer, size) == text(size)
    time.sleep(0.5)
    close_both(caller, answerer)


def push_little():
    push(200)
    time.sleep(0.5)


globals()[sys.argv[1]]()
