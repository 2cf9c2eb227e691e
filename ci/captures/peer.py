#!/usr/bin/python3
"""One end of a transfer, for stacks that run programs as they are.

    peer.py send ADDRESS PORT SIZE    sends, closes its half, reads the answer
    peer.py answer ADDRESS PORT       reads until the other half is closed, answers, closes; again and again
"""
import socket
import sys


def read_all(end):
    total = 0
    while piece := end.recv(65536):
        total += len(piece)
    return total


address, port = sys.argv[2], int(sys.argv[3])
if sys.argv[1] == "send":
    with socket.create_connection((address, port), timeout=30) as end:
        end.sendall(b"".join(b"line %05d\n" % n for n in range(int(sys.argv[4]) // 11)))
        end.shutdown(socket.SHUT_WR)
        assert read_all(end) > 0
else:
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen()
    print("ready", flush=True)
    while True:
        end, _ = listener.accept()
        end.sendall(b"%d bytes\n" % read_all(end))
        end.close()
