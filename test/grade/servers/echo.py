# An echo server on the system calls of os and socket: accept, fork, close.
import os
import signal
import socket
import sys
import time


def collect(number, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


def serve(client):
    try:
        while data := client.recv(65536):
            client.sendall(data)
    except OSError:
        pass


top = socket.socket()
top.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
top.bind(("127.0.0.1", int(sys.argv[1])))
top.listen(128)
print("listening", flush=True)
signal.signal(signal.SIGCHLD, collect)
signal.signal(signal.SIGHUP, lambda number, frame: None)

while True:
    try:
        client, _ = top.accept()
    except OSError:
        time.sleep(0.1)
        continue
    try:
        pid = os.fork()
    except OSError:
        pid = -1
        time.sleep(0.1)
    if pid == 0:
        top.close()
        serve(client)
        os._exit(0)
    client.close()
