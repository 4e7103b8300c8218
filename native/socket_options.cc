// setsockopt getsockopt getpeercred
#include "socket_options.h"

#include <sys/socket.h>

#include "arguments.h"
#include "platform.h"

namespace truefork {

namespace {

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

}  // namespace

Napi::Object InitSocketOptions(Napi::Env env, Napi::Object exports) {
  exports.Set("setsockopt", Napi::Function::New(env, SetSockOpt));
  exports.Set("getsockopt", Napi::Function::New(env, GetSockOpt));
  exports.Set("getpeercred", Napi::Function::New(env, GetPeerCred));
  return exports;
}

}  // namespace truefork
