// getrlimit setrlimit getpriority setpriority
#include "limits.h"

#include <sys/resource.h>

#include <cerrno>
#include <cmath>

#include "arguments.h"
#include "platform.h"

namespace truefork {

namespace {

// Infinity in JavaScript is RLIM_INFINITY here.
double ToNumber(rlim_t limit) {
  return limit == RLIM_INFINITY ? INFINITY : static_cast<double>(limit);
}

rlim_t LimitFrom(Arguments& args, size_t index, const char* name) {
  return args.Infinite(index) ? RLIM_INFINITY : static_cast<rlim_t>(args.Size(index, name));
}

// getrlimit(resource, pid): {soft, hard}, or -errno; without a pid those of this process
Napi::Value GetRLimit(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int resource = args.Int(0, "resource");
  bool own = args.Missing(1);
  int pid = own ? 0 : args.Int(1, "pid");
  if (args.failed()) return args.Failure();
  rlimit limit;
  int64_t result = own ? OrErrno(getrlimit(static_cast<decltype(RLIMIT_CPU)>(resource), &limit))
                       : OrErrno(LimitOf(pid, resource, &limit));
  if (result < 0) return args.Answer(result);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("soft", Napi::Number::New(info.Env(), ToNumber(limit.rlim_cur)));
  object.Set("hard", Napi::Number::New(info.Env(), ToNumber(limit.rlim_max)));
  return object;
}

Napi::Value SetRLimit(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int resource = args.Int(0, "resource");
  rlimit limit = {};
  limit.rlim_cur = LimitFrom(args, 1, "soft");
  limit.rlim_max = LimitFrom(args, 2, "hard");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setrlimit(static_cast<decltype(RLIMIT_CPU)>(resource), &limit)));
}

// The C libraries differ in the type of their first argument: an int, or an enumeration.
using Which = decltype(PRIO_PROCESS);

// getpriority(which, who, into: Int32Array of one): 0 or -errno; the nice value, of which -1 is
// one, goes to `into`.
Napi::Value GetPriority(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int which = args.Int(0, "which");
  int who = args.Int(1, "who");
  args.Object(2, "into");
  if (args.failed()) return args.Failure();
  errno = 0;
  int nice = getpriority(static_cast<Which>(which), static_cast<id_t>(who));
  int error = nice == -1 ? errno : 0;
  info[2].As<Napi::Object>().Set(uint32_t{0}, Napi::Number::New(info.Env(), nice));
  return args.Answer(-error);
}

Napi::Value SetPriority(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int which = args.Int(0, "which");
  int who = args.Int(1, "who");
  int nice = args.Int(2, "nice");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setpriority(static_cast<Which>(which), static_cast<id_t>(who), nice)));
}

}  // namespace

Napi::Object InitLimits(Napi::Env env, Napi::Object exports) {
  exports.Set("getrlimit", Napi::Function::New(env, GetRLimit));
  exports.Set("setrlimit", Napi::Function::New(env, SetRLimit));
  exports.Set("getpriority", Napi::Function::New(env, GetPriority));
  exports.Set("setpriority", Napi::Function::New(env, SetPriority));
  return exports;
}

}  // namespace truefork
