// accept acceptNext
#include "accept.h"

#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "arguments.h"
#include "dispositions.h"
#include "wait.h"
#include "wait_exclusive.h"

namespace truefork {

namespace {

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

}  // namespace

Napi::Object InitAccept(Napi::Env env, Napi::Object exports) {
  exports.Set("accept", Napi::Function::New(env, Accept));
  exports.Set("acceptNext", Napi::Function::New(env, AcceptNext));
  return exports;
}

}  // namespace truefork
