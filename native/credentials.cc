// setuid setgid setgroups getgroups getresuid getresgid chroot, no new privileges, no
// tracing.
#include "credentials.h"

#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "arguments.h"
#include "platform.h"
#include "threads.h"

namespace truefork {

namespace {

// The calls of the C library, not of the kernel: on Linux, where each thread has ids of its own,
// these set them in every thread.
Napi::Value SetUid(const Napi::CallbackInfo& info) {
  Arguments args(info);
  uid_t uid = args.Id(0, "uid");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setuid(uid)));
}

Napi::Value SetGid(const Napi::CallbackInfo& info) {
  Arguments args(info);
  gid_t gid = args.Id(0, "gid");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setgid(gid)));
}

Napi::Value SetGroups(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::vector<gid_t> groups = args.Ids(0, "groups");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(setgroups(static_cast<int>(groups.size()), groups.data())));
}

// getgroups(): the ids, or -errno
Napi::Value GetGroups(const Napi::CallbackInfo& info) {
  int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<size_t>(count) : 0);
  if (count > 0) count = getgroups(count, groups.data());
  if (count == -1) return Napi::Number::New(info.Env(), -errno);
  return IdsOf(info.Env(), groups);
}

using ThreeIds = int (*)(uid_t*, uid_t*, uid_t*);

// [real, effective, saved], or -errno
Napi::Value AllThree(const Napi::CallbackInfo& info, ThreeIds call) {
  std::vector<gid_t> ids(3);
  int64_t result = OrErrno(call(&ids[0], &ids[1], &ids[2]));
  if (result < 0) return Napi::Number::New(info.Env(), static_cast<double>(result));
  return IdsOf(info.Env(), ids);
}

Napi::Value GetResUid(const Napi::CallbackInfo& info) {
  return AllThree(info, getresuid);
}
Napi::Value GetResGid(const Napi::CallbackInfo& info) {
  return AllThree(info, getresgid);
}

Napi::Value ChRoot(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string path = args.String(0, "path");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(chroot(path.c_str())));
}

// noNewPrivileges(): 0, or -errno; -ENOSYS where the system has no such thing
Napi::Value NoNewPrivileges(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), -ForgoNewPrivileges());
}

// forbidTracing(): 0, or -errno
Napi::Value NoTracing(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), -ForbidTracing());
}

// keepThreadsVisible(): 0, or -errno
Napi::Value KeepVisible(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), -KeepThreadsVisible());
}

}  // namespace

Napi::Object InitCredentials(Napi::Env env, Napi::Object exports) {
  exports.Set("setuid", Napi::Function::New(env, SetUid));
  exports.Set("setgid", Napi::Function::New(env, SetGid));
  exports.Set("setgroups", Napi::Function::New(env, SetGroups));
  exports.Set("getgroups", Napi::Function::New(env, GetGroups));
  exports.Set("getresuid", Napi::Function::New(env, GetResUid));
  exports.Set("getresgid", Napi::Function::New(env, GetResGid));
  exports.Set("chroot", Napi::Function::New(env, ChRoot));
  exports.Set("noNewPrivileges", Napi::Function::New(env, NoNewPrivileges));
  exports.Set("forbidTracing", Napi::Function::New(env, NoTracing));
  exports.Set("keepThreadsVisible", Napi::Function::New(env, KeepVisible));
  return exports;
}

}  // namespace truefork
