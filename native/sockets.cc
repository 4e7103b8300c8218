// socket bind listen accept connect recv getsockname getpeername getpeercred setsockopt getsockopt
// shutdown socketpair inet_pton inet_ntop
#include "sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "address.h"
#include "dispositions.h"
#include "platform.h"
#include "wait.h"
#include "wait_exclusive.h"

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

// Tells `from` whose the accepted socket is. An object that throws would lose the descriptor.
Napi::Value AnswerAccepted(Arguments& args, int64_t accepted, Napi::Object from,
                           const Address& address) {
  if (accepted < 0) return args.Answer(accepted);
  DescribeAddress(from, address);
  if (from.Env().IsExceptionPending()) {
    close(static_cast<int>(accepted));
    return args.Failure();
  }
  return args.Answer(accepted);
}

// accept(fd, from): the accepted descriptor. `from`, if given, gets the address of the client.
Napi::Value Accept(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  if (!args.Missing(1)) args.Object(1, "from");
  if (args.failed()) return args.Failure();
  if (SignalsPending()) return args.Answer(-EINTR);
  int64_t ready = IsNonBlocking(fd) ? 0 : WaitUntilReady(fd, POLLIN);
  if (ready < 0) return args.Answer(ready);
  Address address;
  // Not accept(): on FreeBSD it would pass O_NONBLOCK on to the accepted socket.
  int64_t accepted = OrErrno(accept4(fd, address.Get(), &address.length, SOCK_CLOEXEC));
  if (args.Missing(1)) return args.Answer(accepted);
  return AnswerAccepted(args, accepted, info[1].As<Napi::Object>(), address);
}

// acceptNext(tops, lifeline, timeout, from): an Int32Array of sockets that other processes accept
// from, too, all of them non-blocking; which one it was is from.top. -EPIPE: the other end of
// `lifeline` is closed; -EAGAIN: the time is up, or another process was quicker
Napi::Value AcceptNext(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Numbers tops = args.Ints(0, "tops");
  int lifeline = args.Int(1, "lifeline");
  int timeout = args.Int(2, "timeout");
  Napi::Object from = args.Object(3, "from");
  if (args.failed()) return args.Failure();
  PollSet set;
  set.reserve(tops.length + 2);
  for (size_t i = 0; i < tops.length; i++) set.push_back({tops.data[i], POLLIN, 0});
  set.push_back({lifeline, POLLIN, 0});
  for (;;) {
    int64_t index = WaitExclusively(set, timeout);
    if (index < 0) return args.Answer(index);
    if (static_cast<size_t>(index) + 1 == set.size()) return args.Answer(-EPIPE);
    from.Set("top", Napi::Number::New(info.Env(), static_cast<double>(index)));
    if (info.Env().IsExceptionPending()) return args.Failure();
    Address address;
    int fd = set[static_cast<size_t>(index)].fd;
    int64_t accepted = OrErrno(accept4(fd, address.Get(), &address.length, SOCK_CLOEXEC));
    // Another process was quicker, as happens to most of many that wait.
    if (accepted == -EAGAIN && timeout < 0) continue;
    return AnswerAccepted(args, accepted, from, address);
  }
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

// getpeercred(fd): {pid, uid, gid}, or -errno
Napi::Value GetPeerCred(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  if (args.failed()) return args.Failure();
  Peer peer;
  int64_t result = OrErrno(PeerOf(fd, &peer));
  if (result < 0) return args.Answer(result);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("pid", Napi::Number::New(info.Env(), peer.pid));
  object.Set("uid", Napi::Number::New(info.Env(), peer.uid));
  object.Set("gid", Napi::Number::New(info.Env(), peer.gid));
  return object;
}

bool IsLinger(int level, int option) {
  return level == SOL_SOCKET && option == SO_LINGER;
}

// Every option that is one int; SO_LINGER as the seconds to linger, -1 for off.
Napi::Value SetSockOpt(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int level = args.Int(1, "level");
  int option = args.Int(2, "option");
  int value = args.Int(3, "value");
  if (args.failed()) return args.Failure();
  linger on_close = {value >= 0, value >= 0 ? value : 0};
  bool is_linger = IsLinger(level, option);
  const void* data = is_linger ? static_cast<void*>(&on_close) : static_cast<void*>(&value);
  socklen_t length = is_linger ? sizeof(on_close) : sizeof(value);
  return args.Answer(OrErrno(setsockopt(fd, level, option, data, length)));
}

// getsockopt(fd, level, option, into: Int32Array of one)
Napi::Value GetSockOpt(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int level = args.Int(1, "level");
  int option = args.Int(2, "option");
  if (!info[3].IsTypedArray()) args.Refuse("into", "an Int32Array", 3);
  if (args.failed()) return args.Failure();
  linger on_close = {};
  int value = 0;
  bool is_linger = IsLinger(level, option);
  void* data = is_linger ? static_cast<void*>(&on_close) : static_cast<void*>(&value);
  socklen_t length = is_linger ? sizeof(on_close) : sizeof(value);
  int64_t result = OrErrno(getsockopt(fd, level, option, data, &length));
  if (is_linger) value = on_close.l_onoff ? on_close.l_linger : -1;
  info[3].As<Napi::Object>().Set(uint32_t{0}, Napi::Number::New(info.Env(), value));
  return args.Answer(result);
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

// inet_pton(family, text, into): 1, or 0 if the text is no address of this family
Napi::Value InetPToN(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  std::string text = args.String(1, "text");
  Bytes into = args.Buffer(2, "into");
  if (args.failed()) return args.Failure();
  in6_addr address = {};  // the longer one
  int64_t result = OrErrno(inet_pton(family, text.c_str(), &address));
  if (result == 1) memcpy(into.data, &address, std::min(into.length, sizeof(address)));
  return args.Answer(result);
}

// inet_ntop(family, address): the text, or -errno
Napi::Value InetNToP(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  Bytes address = args.Buffer(1, "address");
  if (!args.failed() && address.length != (family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr)))
    args.Refuse("address", "4 bytes for AF_INET, 16 for AF_INET6", 1);
  if (args.failed()) return args.Failure();
  char text[INET6_ADDRSTRLEN];
  if (!inet_ntop(family, address.data, text, sizeof(text))) return args.Answer(-errno);
  return Napi::String::New(info.Env(), text);
}

}  // namespace

Napi::Object InitSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("socket", Napi::Function::New(env, Socket));
  exports.Set("bind", Napi::Function::New(env, Bind));
  exports.Set("listen", Napi::Function::New(env, Listen));
  exports.Set("accept", Napi::Function::New(env, Accept));
  exports.Set("acceptNext", Napi::Function::New(env, AcceptNext));
  exports.Set("connect", Napi::Function::New(env, Connect));
  exports.Set("recv", Napi::Function::New(env, Recv));
  exports.Set("getsockname", Napi::Function::New(env, GetSockName));
  exports.Set("getpeername", Napi::Function::New(env, GetPeerName));
  exports.Set("getpeercred", Napi::Function::New(env, GetPeerCred));
  exports.Set("setsockopt", Napi::Function::New(env, SetSockOpt));
  exports.Set("getsockopt", Napi::Function::New(env, GetSockOpt));
  exports.Set("shutdown", Napi::Function::New(env, Shutdown));
  exports.Set("socketpair", Napi::Function::New(env, SocketPair));
  exports.Set("inet_pton", Napi::Function::New(env, InetPToN));
  exports.Set("inet_ntop", Napi::Function::New(env, InetNToP));
  return exports;
}

}  // namespace truefork
