// socket bind listen connect recv getsockname getpeername shutdown socketpair
#include "sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "address.h"
#include "arguments.h"
#include "dispositions.h"
#include "wait.h"

namespace truefork {

namespace {

Napi::Value Socket(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  int type = args.Int(1, "type");
  int protocol = args.Int(2, "protocol");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(socket(family, type | SOCK_CLOEXEC, protocol)));
}

Napi::Value Bind(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Address address = AddressFrom(args, 1, "address");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(bind(fd, address.Get(), address.length)));
}

Napi::Value Listen(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int backlog = args.Int(1, "backlog");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(listen(fd, backlog)));
}

int64_t FinishConnect(int fd) {
  int64_t ready = WaitUntilReady(fd, POLLOUT);
  if (ready < 0) return ready;
  int error = 0;
  socklen_t length = sizeof(error);
  int64_t result = OrErrno(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
  return result < 0 ? result : -error;
}

constexpr int kFullQueueMs = 5;

// A blocking connect waits where signals are seen: it is begun without waiting, then polled.
Napi::Value Connect(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Address address = AddressFrom(args, 1, "address");
  if (args.failed()) return args.Failure();
  if (SignalsPending()) return args.Answer(-EINTR);
  int flags = fcntl(fd, F_GETFL);
  bool blocking = flags != -1 && (flags & O_NONBLOCK) == 0;
  if (blocking) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  int64_t result = OrErrno(connect(fd, address.Get(), address.length));
  // The accept queue of a UNIX socket is full, and nothing tells when it is not any more.
  while (blocking && result == -EAGAIN && address.storage.ss_family == AF_UNIX) {
    PollSet nothing;
    result = WaitFor(nothing, kFullQueueMs, nullptr);
    if (result == 0) result = OrErrno(connect(fd, address.Get(), address.length));
  }
  if (blocking) fcntl(fd, F_SETFL, flags);
  // EALREADY: the call that a signal interrupted is made again.
  if (blocking && (result == -EINPROGRESS || result == -EALREADY)) result = FinishConnect(fd);
  return args.Answer(result);
}

// recv(fd, buffer, flags): waits where signals are seen, unless it is not to wait at all
Napi::Value Recv(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Bytes bytes = args.Buffer(1, "buffer");
  int flags = args.Int(2, "flags");
  if (args.failed()) return args.Failure();
  for (;;) {
    bool waits = (flags & MSG_DONTWAIT) == 0;
    if (waits && SignalsPending()) return args.Answer(-EINTR);
    int64_t result = OrErrno(recv(fd, bytes.data, bytes.length, flags | MSG_DONTWAIT));
    if (result != -EAGAIN || !waits || IsNonBlocking(fd)) return args.Answer(result);
    int64_t ready = WaitUntilReady(fd, POLLIN);
    if (ready < 0) return args.Answer(ready);
  }
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

Napi::Value NameOf(const Napi::CallbackInfo& info, NameCall call) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  args.Object(1, "into");
  if (args.failed()) return args.Failure();
  Address address;
  int64_t result = OrErrno(call(fd, address.Get(), &address.length));
  if (result == 0) DescribeAddress(info[1].As<Napi::Object>(), address);
  return args.Answer(result);
}

Napi::Value GetSockName(const Napi::CallbackInfo& info) {
  return NameOf(info, getsockname);
}
Napi::Value GetPeerName(const Napi::CallbackInfo& info) {
  return NameOf(info, getpeername);
}

Napi::Value Shutdown(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int how = args.Int(1, "how");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(shutdown(fd, how)));
}

// socketpair(family, type, protocol): [one end, other end], or -errno
Napi::Value SocketPair(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  int type = args.Int(1, "type");
  int protocol = args.Int(2, "protocol");
  if (args.failed()) return args.Failure();
  int ends[2];
  int64_t result = OrErrno(socketpair(family, type | SOCK_CLOEXEC, protocol, ends));
  if (result < 0) return args.Answer(result);
  Napi::Array array = Napi::Array::New(info.Env(), 2);
  array.Set(uint32_t{0}, Napi::Number::New(info.Env(), ends[0]));
  array.Set(uint32_t{1}, Napi::Number::New(info.Env(), ends[1]));
  return array;
}

}  // namespace

Napi::Object InitSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("socket", Napi::Function::New(env, Socket));
  exports.Set("bind", Napi::Function::New(env, Bind));
  exports.Set("listen", Napi::Function::New(env, Listen));
  exports.Set("connect", Napi::Function::New(env, Connect));
  exports.Set("recv", Napi::Function::New(env, Recv));
  exports.Set("getsockname", Napi::Function::New(env, GetSockName));
  exports.Set("getpeername", Napi::Function::New(env, GetPeerName));
  exports.Set("shutdown", Napi::Function::New(env, Shutdown));
  exports.Set("socketpair", Napi::Function::New(env, SocketPair));
  return exports;
}

}  // namespace truefork
