#!/usr/bin/python3
"""Multicast from sockets.

    multicast.py         joins groups, with and without sources, sends a datagram to each, leaves
    multicast.py mdns    asks for server-example.local by multicast DNS
"""
import socket
import struct
import sys
import time

GROUP4, GROUP6, PORT = "233.252.0.1", "ff02::db8:1", 7777  # MCAST-TEST-NET (RFC 6676), link-local
IP_ADD_SOURCE_MEMBERSHIP = 39  # linux/in.h


def join():
    index = socket.if_nametoindex("eth0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end4, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as end6:
        membership = struct.pack("=4s4si", socket.inet_aton(GROUP4), bytes(4), index)
        end4.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, membership)
        end6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        end4.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        membership = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("=i", index)
        end6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
        end4.sendto(b"to the group", (GROUP4, PORT))
        end6.sendto(b"to the group", (GROUP6, PORT))
        time.sleep(1.5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end4:
        addresses = "233.252.0.2", "192.0.2.1", "192.0.2.2"  # group, interface, source
        end4.setsockopt(socket.IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, b"".join(map(socket.inet_aton, addresses)))
        time.sleep(1.5)
    time.sleep(1)


def ask():
    name = b"".join(bytes([len(label)]) + label for label in (b"server-example", b"local")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("0.0.0.0", 5353))
        end.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.1"))
        end.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        question = name + struct.pack(">HH", 1, 1)
        end.sendto(struct.pack(">6H", 0, 0, 1, 0, 0, 0) + question, ("224.0.0.251", 5353))
        time.sleep(1.5)
        answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 120, 4) + socket.inet_aton("192.0.2.2")
        end.sendto(struct.pack(">6H", 0, 0, 1, 1, 0, 0) + question + answer, ("224.0.0.251", 5353))
        time.sleep(0.5)


ask() if sys.argv[1:] == ["mdns"] else join()
