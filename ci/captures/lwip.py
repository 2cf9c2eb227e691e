#!/usr/bin/python3
"""A host with lwIP as its stack, on a TAP interface that exists already. Debian's liblwip0 has no programs, so this is one.

    lwip.py TAP ADDRESS NETMASK get SERVER PORT REQUEST    sends the request, reads the answer to its end
    lwip.py TAP ADDRESS NETMASK send SERVER PORT SIZE      sends, closes its half, reads the answer
    lwip.py TAP ADDRESS NETMASK answer PORT                reads until the other half is closed, answers, closes
"""
import ctypes
import os
import socket
import struct
import sys
import threading

os.environ["PRECONFIGURED_TAPIF"] = sys.argv[1]
LWIP = ctypes.CDLL("liblwip.so.0")
IN_TCPIP_THREAD = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def start():
    """Runs the stack's thread and gives it its interface."""
    up = threading.Event()
    interface = ctypes.create_string_buffer(4096)  # a struct netif, which nobody here looks into

    def add_interface(_):
        address, netmask, gateway = (ctypes.c_char_p(socket.inet_aton(a)) for a in (sys.argv[2], sys.argv[3], "0.0.0.0"))
        LWIP.netif_add(interface, address, netmask, gateway, None, LWIP.tapif_init, LWIP.tcpip_input)
        LWIP.netif_set_default(interface)
        LWIP.netif_set_up(interface)
        LWIP.netif_set_link_up(interface)
        up.set()

    callback = IN_TCPIP_THREAD(add_interface)
    LWIP.tcpip_init(callback, None)
    up.wait()
    return interface, callback


def sockaddr(address, port):
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(address) + bytes(8)


def check(result):
    if result < 0:
        raise OSError("lwIP refused")
    return result


def new_socket():
    return check(LWIP.lwip_socket(socket.AF_INET, socket.SOCK_STREAM, 0))


def connect(address, port):
    end = new_socket()
    check(LWIP.lwip_connect(end, sockaddr(address, port), 16))
    return end


def read_all(end):
    total, buffer = 0, ctypes.create_string_buffer(65536)
    while (size := check(LWIP.lwip_read(end, buffer, 65536))) > 0:
        total += size
    return total


kept = start()
what, arguments = sys.argv[4], sys.argv[5:]
if what == "answer":
    listener = new_socket()
    check(LWIP.lwip_bind(listener, sockaddr("0.0.0.0", int(arguments[0])), 16))
    check(LWIP.lwip_listen(listener, 5))
    print("ready", flush=True)
    while True:
        end = check(LWIP.lwip_accept(listener, None, None))
        text = b"%d bytes\n" % read_all(end)
        LWIP.lwip_write(end, text, len(text))
        LWIP.lwip_close(end)
end = connect(arguments[0], int(arguments[1]))
if what == "get":
    request = arguments[2].encode().decode("unicode_escape").encode()
else:
    request = b"".join(b"line %05d\n" % n for n in range(int(arguments[2]) // 11))
check(LWIP.lwip_write(end, request, len(request)))
if what == "send":
    check(LWIP.lwip_shutdown(end, socket.SHUT_WR))
assert read_all(end) > 0
LWIP.lwip_close(end)
threading.Event().wait(1)  # the rest of the closing
os._exit(0)
