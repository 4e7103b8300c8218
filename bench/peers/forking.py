# socketserver.ForkingTCPServer of the standard library.
#   python3 forking.py PORT LIMIT
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while chunk := self.request.recv(65536):
            self.request.sendall(chunk)


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    request_queue_size = 511
    max_children = int(sys.argv[2])


with Server(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    server.serve_forever()
