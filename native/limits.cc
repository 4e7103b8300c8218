// getrlimit setrlimit
#include "limits.h"

#include <sys/resource.h>

#include <cmath>

#include "arguments.h"

namespace truefork {

namespace {

// Infinity in JavaScript is RLIM_INFINITY here.
double ToNumber(rlim_t limit) {
  return limit == RLIM_INFINITY ? INFINITY : static_cast<double>(limit);
}

rlim_t ToLimit(double number) {
  return std::isinf(number) ? RLIM_INFINITY : static_cast<rlim_t>(number);
}

// getrlimit(resource): {soft, hard}, or -errno
Napi::Value GetRLimit(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int resource = args.Int(0, "resource");
  if (args.failed()) return args.Failure();
  rlimit limit;
  int64_t result = OrErrno(getrlimit(static_cast<decltype(RLIMIT_CPU)>(resource), &limit));
  if (result < 0) return args.Answer(result);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("soft", Napi::Number::New(info.Env(), ToNumber(limit.rlim_cur)));
  object.Set("hard", Napi::Number::New(info.Env(), ToNumber(limit.rlim_max)));
  return object;
}

Napi::Value SetRLimit(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int resource = args.Int(0, "resource");
  double soft = args.Number(1, "soft");
  double hard = args.Number(2, "hard");
  if (!args.failed() && (soft < 0 || hard < 0)) args.Refuse("limit: expected 0 or more");
  if (args.failed()) return args.Failure();
  rlimit limit = {ToLimit(soft), ToLimit(hard)};
  return args.Answer(OrErrno(setrlimit(static_cast<decltype(RLIMIT_CPU)>(resource), &limit)));
}

}  // namespace

Napi::Object InitLimits(Napi::Env env, Napi::Object exports) {
  exports.Set("getrlimit", Napi::Function::New(env, GetRLimit));
  exports.Set("setrlimit", Napi::Function::New(env, SetRLimit));
  return exports;
}

}  // namespace truefork
