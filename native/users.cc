// getpwnam getpwuid getgrnam getgrouplist: whom this system knows, and by which numbers.
#include "users.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "arguments.h"

namespace truefork {

namespace {

// Systems differ in what they answer where there is no such entry.
bool MeansNone(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

// The description of the entry; null where there is none; or -errno. The calls want room for
// texts whose length nobody knows beforehand.
template <typename Entry, typename Call>
Napi::Value LookUp(Napi::Env env, Call call, Napi::Object (*describe)(Napi::Env, const Entry&)) {
  for (std::vector<char> room(1024);; room.resize(room.size() * 2)) {
    Entry entry;
    Entry* found = nullptr;
    int error = call(&entry, room.data(), room.size(), &found);
    if (found) return describe(env, *found);
    if (MeansNone(error)) return env.Null();
    if (error != ERANGE) return Napi::Number::New(env, -error);
  }
}

Napi::Object DescribeUser(Napi::Env env, const passwd& entry) {
  Napi::Object user = Napi::Object::New(env);
  user.Set("name", entry.pw_name);
  user.Set("uid", Napi::Number::New(env, entry.pw_uid));
  user.Set("gid", Napi::Number::New(env, entry.pw_gid));
  user.Set("home", entry.pw_dir);
  user.Set("shell", entry.pw_shell);
  return user;
}

Napi::Object DescribeGroup(Napi::Env env, const group& entry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", entry.gr_name);
  object.Set("gid", Napi::Number::New(env, entry.gr_gid));
  return object;
}

Napi::Value GetPwNam(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string name = args.String(0, "name");
  if (args.failed()) return args.Failure();
  auto call = [&](passwd* entry, char* room, size_t size, passwd** found) {
    return getpwnam_r(name.c_str(), entry, room, size, found);
  };
  return LookUp<passwd>(info.Env(), call, DescribeUser);
}

Napi::Value GetPwUid(const Napi::CallbackInfo& info) {
  Arguments args(info);
  uid_t uid = args.Id(0, "uid");
  if (args.failed()) return args.Failure();
  auto call = [&](passwd* entry, char* room, size_t size, passwd** found) {
    return getpwuid_r(uid, entry, room, size, found);
  };
  return LookUp<passwd>(info.Env(), call, DescribeUser);
}

Napi::Value GetGrNam(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string name = args.String(0, "name");
  if (args.failed()) return args.Failure();
  auto call = [&](group* entry, char* room, size_t size, group** found) {
    return getgrnam_r(name.c_str(), entry, room, size, found);
  };
  return LookUp<group>(info.Env(), call, DescribeGroup);
}

// getgrouplist(name, gid): the ids of the user's groups, with `gid` as the first
Napi::Value GetGroupList(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::string name = args.String(0, "name");
  gid_t gid = args.Id(1, "gid");
  if (args.failed()) return args.Failure();
  std::vector<gid_t> groups(32);
  int count = static_cast<int>(groups.size());
  // Too few: FreeBSD leaves the count as it was, Linux tells how many there are.
  while (getgrouplist(name.c_str(), gid, groups.data(), &count) == -1) {
    groups.resize(groups.size() * 2);
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<size_t>(count));
  return IdsOf(info.Env(), groups);
}

}  // namespace

Napi::Object InitUsers(Napi::Env env, Napi::Object exports) {
  exports.Set("getpwnam", Napi::Function::New(env, GetPwNam));
  exports.Set("getpwuid", Napi::Function::New(env, GetPwUid));
  exports.Set("getgrnam", Napi::Function::New(env, GetGrNam));
  exports.Set("getgrouplist", Napi::Function::New(env, GetGroupList));
  return exports;
}

}  // namespace truefork
