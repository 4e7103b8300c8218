// inet_pton inet_ntop
#include "inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "arguments.h"

namespace truefork {

namespace {

constexpr char kLengths[] = "4 bytes for AF_INET, 16 for AF_INET6";

size_t LengthOf(int family) {
  return family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
}

// inet_pton(family, text, into): 1, or 0 if the text is no address of this family
Napi::Value InetPToN(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  std::string text = args.String(1, "text");
  Bytes into = args.Buffer(2, "into");
  size_t length = LengthOf(family);
  if (!args.failed() && into.length < length) args.Refuse("into", kLengths, 2);
  if (args.failed()) return args.Failure();
  in6_addr address = {};  // the longer one
  int64_t result = OrErrno(inet_pton(family, text.c_str(), &address));
  if (result == 1) memcpy(into.data, &address, length);
  return args.Answer(result);
}

// inet_ntop(family, address): the text, or -errno
Napi::Value InetNToP(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int family = args.Int(0, "family");
  Bytes address = args.Buffer(1, "address");
  if (!args.failed() && address.length != LengthOf(family)) args.Refuse("address", kLengths, 1);
  if (args.failed()) return args.Failure();
  char text[INET6_ADDRSTRLEN];
  if (!inet_ntop(family, address.data, text, sizeof(text))) return args.Answer(-errno);
  return Napi::String::New(info.Env(), text);
}

}  // namespace

Napi::Object InitInet(Napi::Env env, Napi::Object exports) {
  exports.Set("inet_pton", Napi::Function::New(env, InetPToN));
  exports.Set("inet_ntop", Napi::Function::New(env, InetNToP));
  return exports;
}

}  // namespace truefork
