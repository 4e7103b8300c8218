// open close read write dup2 fcntl flock pipe openTerminal ptsname poll closeOnExecFrom: what a
// descriptor can do, whatever is behind it.
#include "descriptors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "dispositions.h"
#include "platform.h"
#include "signals.h"
#include "wait.h"

namespace truefork {

namespace {

Napi::Value Open(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string path = args.String(0, "path");
  int flags = args.Int(1, "flags");
  int mode = args.Int(2, "mode");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(open(path.c_str(), flags | O_CLOEXEC, mode)));
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  if (args.failed()) return args.Failure();
  int64_t result = OrErrno(close(fd));
  // The descriptor is gone even if a signal came: to close it again could hit a new one.
  return args.Answer(result == -EINTR ? 0 : result);
}

// A socket can be tried without waiting, which leaves no gap for a signal. Anything else is
// polled first.
int64_t ReadOrWait(int fd, void* data, size_t length) {
  for (;;) {
    if (SignalsPending()) return -EINTR;
    int64_t result = OrErrno(recv(fd, data, length, MSG_DONTWAIT));
    if (result == -ENOTSOCK) break;
    if (result != -EAGAIN || IsNonBlocking(fd)) return result;
    int64_t ready = WaitUntilReady(fd, POLLIN);
    if (ready < 0) return ready;
  }
  int64_t ready = IsNonBlocking(fd) ? 0 : WaitUntilReady(fd, POLLIN);
  return ready < 0 ? ready : OrErrno(read(fd, data, length));
}

// Writes all, as write(2) does on a blocking descriptor; less only if a signal comes in between.
int64_t WriteOrWait(int fd, const uint8_t* data, size_t length) {
  size_t written = 0;
  bool socket = true;
  for (;;) {
    if (SignalsPending()) break;
    int64_t result = socket ? OrErrno(send(fd, data + written, length - written, MSG_DONTWAIT))
                            : OrErrno(write(fd, data + written, length - written));
    if (result == -ENOTSOCK && socket) {
      socket = false;
      int64_t ready = IsNonBlocking(fd) ? 0 : WaitUntilReady(fd, POLLOUT);
      if (ready < 0) return ready;
      continue;
    }
    if (result < 0 && result != -EAGAIN) return written ? static_cast<int64_t>(written) : result;
    if (result > 0) written += static_cast<size_t>(result);
    if (written == length) return static_cast<int64_t>(written);
    if (IsNonBlocking(fd)) return written ? static_cast<int64_t>(written) : -EAGAIN;
    if (WaitUntilReady(fd, POLLOUT) < 0) break;
  }
  return written ? static_cast<int64_t>(written) : -EINTR;
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Bytes bytes = args.Buffer(1, "buffer");
  if (args.failed()) return args.Failure();
  return args.Answer(ReadOrWait(fd, bytes.data, bytes.length));
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Bytes bytes = args.Buffer(1, "data");
  if (args.failed()) return args.Failure();
  return args.Answer(WriteOrWait(fd, bytes.data, bytes.length));
}

// Writes only what can be written now. O_NONBLOCK would say so to the system, but belongs to the
// open file, which others share: a terminal, the pipe of a shell.
int64_t WriteNowOrFail(int fd, const uint8_t* data, size_t length) {
  int64_t result = OrErrno(send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL));
  if (result != -ENOTSOCK) return result;
  pollfd room = {fd, POLLOUT, 0};
  // A pipe is ready when it takes PIPE_BUF bytes at once.
  if (poll(&room, 1, 0) == 0) return -EAGAIN;
  return OrErrno(WriteIfReady(fd, data, length));
}

// writeNow(fd, data): as write, but -EAGAIN where that would wait
Napi::Value WriteNow(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Bytes bytes = args.Buffer(1, "data");
  if (args.failed()) return args.Failure();
  int64_t result;
  do result = WriteNowOrFail(fd, bytes.data, bytes.length);
  while (result == -EINTR);
  return args.Answer(result);
}

// dup2 with close-on-exec, but on the standard descriptors, which exist to be inherited.
Napi::Value Dup2(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int from = args.Int(0, "from");
  int to = args.Int(1, "to");
  if (args.failed()) return args.Failure();
  int64_t result = OrErrno(dup2(from, to));
  if (result > STDERR_FILENO && from != to) fcntl(to, F_SETFD, FD_CLOEXEC);
  return args.Answer(result);
}

Napi::Value Fcntl(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int command = args.Int(1, "command");
  int argument = args.Int(2, "argument");
  if (args.failed()) return args.Failure();
  bool whole = command == F_GETFD || command == F_SETFD || command == F_GETFL ||
               command == F_SETFL || command == F_DUPFD || command == F_DUPFD_CLOEXEC ||
               command == F_GETOWN || command == F_SETOWN;
  // Any other command would take the number for the address of a structure.
  if (!whole) return args.Answer(-EINVAL);
  return args.Answer(OrErrno(fcntl(fd, command, argument)));
}

Napi::Value CloseFromOnExec(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int lowest = args.Int(0, "lowest");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(CloseOnExecFrom(lowest)));
}

// How often to look again at a lock: in the call itself, the kernel would keep signals waiting.
constexpr int kLockMs = 5;

Napi::Value Flock(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  int operation = args.Int(1, "operation");
  if (args.failed()) return args.Failure();
  for (;;) {
    int64_t result = OrErrno(flock(fd, operation | LOCK_NB));
    if (result != -EWOULDBLOCK || (operation & LOCK_NB) != 0) return args.Answer(result);
    PollSet nothing;
    int64_t waited = WaitFor(nothing, kLockMs, nullptr);
    if (waited < 0) return args.Answer(waited);
  }
}

// pipe(): [read end, write end], or -errno
Napi::Value Pipe(const Napi::CallbackInfo& info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) == -1) return Napi::Number::New(info.Env(), -errno);
  Napi::Array array = Napi::Array::New(info.Env(), 2);
  array.Set(uint32_t{0}, Napi::Number::New(info.Env(), ends[0]));
  array.Set(uint32_t{1}, Napi::Number::New(info.Env(), ends[1]));
  return array;
}

// openTerminal(): the master of a new pseudo-terminal, or -errno
Napi::Value OpenTerminal(const Napi::CallbackInfo& info) {
  int64_t master = OrErrno(posix_openpt(O_RDWR | O_NOCTTY));
  if (master >= 0) {
    int fd = static_cast<int>(master);
    int64_t result = OrErrno(grantpt(fd));
    if (result == 0) result = OrErrno(unlockpt(fd));
    if (result == 0) result = OrErrno(fcntl(fd, F_SETFD, FD_CLOEXEC));
    if (result < 0) close(fd), master = result;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(master));
}

// ptsname(master): the path of its other end, or -errno
Napi::Value TerminalName(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int master = args.Int(0, "master");
  if (args.failed()) return args.Failure();
  const char* name = ptsname(master);
  if (name == nullptr) return args.Answer(-errno);
  return Napi::String::New(info.Env(), name);
}

// poll(table, timeout, mask): table is an Int32Array of fd, events, revents; mask may be missing.
Napi::Value Poll(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int timeout = args.Int(1, "timeout");
  sigset_t mask;
  bool masked = !args.Missing(2);
  if (masked) mask = args.Signals(2, "mask");
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    args.Refuse("descriptors", "an Int32Array", 0);
  }
  if (args.failed()) return args.Failure();
  Napi::Int32Array table = info[0].As<Napi::Int32Array>();
  PollSet set;
  set.reserve(table.ElementLength() / 3 + 1);
  for (size_t i = 0; i + 2 < table.ElementLength(); i += 3) {
    set.push_back({table[i], static_cast<short>(table[i + 1]), 0});
  }
  int64_t result = masked ? WaitWithMask(set, timeout, mask) : WaitFor(set, timeout, nullptr);
  for (size_t i = 0; i < set.size(); i++) table[i * 3 + 2] = set[i].revents;
  return args.Answer(result);
}

}  // namespace

Napi::Object InitDescriptors(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, Open));
  exports.Set("close", Napi::Function::New(env, Close));
  exports.Set("read", Napi::Function::New(env, Read));
  exports.Set("write", Napi::Function::New(env, Write));
  exports.Set("writeNow", Napi::Function::New(env, WriteNow));
  exports.Set("dup2", Napi::Function::New(env, Dup2));
  exports.Set("fcntl", Napi::Function::New(env, Fcntl));
  exports.Set("closeOnExecFrom", Napi::Function::New(env, CloseFromOnExec));
  exports.Set("flock", Napi::Function::New(env, Flock));
  exports.Set("pipe", Napi::Function::New(env, Pipe));
  exports.Set("openTerminal", Napi::Function::New(env, OpenTerminal));
  exports.Set("ptsname", Napi::Function::New(env, TerminalName));
  exports.Set("poll", Napi::Function::New(env, Poll));
  return exports;
}

}  // namespace truefork
