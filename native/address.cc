#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace truefork {

namespace {

bool SetIPv4(Address& address, const std::string& host, uint16_t port) {
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &in->sin_addr) != 1) return false;
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  address.length = sizeof(sockaddr_in);
  return true;
}

bool SetIPv6(Address& address, const std::string& host, uint16_t port) {
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  size_t percent = host.find('%');
  if (inet_pton(AF_INET6, host.substr(0, percent).c_str(), &in6->sin6_addr) != 1) return false;
  if (percent != std::string::npos) {
    in6->sin6_scope_id = if_nametoindex(host.substr(percent + 1).c_str());
    if (in6->sin6_scope_id == 0) return false;
  }
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(port);
  address.length = sizeof(sockaddr_in6);
  return true;
}

// A name that begins with a null character is no path but an abstract name (unix(7)): Linux takes
// its bytes as they are, without an end, and any other system refuses it.
bool SetUnix(Address& address, const std::string& path) {
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.size() >= sizeof(un->sun_path)) return false;
  bool abstract = path[0] == '\0';
  if (path.find('\0', 1) != std::string::npos || path.size() == abstract) return false;
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, path.c_str(), path.size() + 1);
  size_t end = abstract ? 0 : 1;
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + end);
  return true;
}

// An unnamed socket has no path at all, or one of nothing but null characters.
std::string UnixName(const Address& address) {
  auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
  size_t offset = offsetof(sockaddr_un, sun_path);
  size_t length = address.length > offset ? address.length - offset : 0;
  bool abstract = length > 1 && un->sun_path[0] == '\0' && un->sun_path[1] != '\0';
  // A path need not be terminated.
  return std::string(un->sun_path, abstract ? length : strnlen(un->sun_path, length));
}

}  // namespace

Address AddressFrom(Arguments& args, size_t index, const char* name) {
  Address address;
  Napi::Object object = args.Object(index, name);
  if (args.failed()) return address;
  Napi::Value path = object.Get("path");
  Napi::Value host = object.Get("host");
  Napi::Value port = object.Get("port");
  bool set = false;
  if (path.IsString()) {
    set = SetUnix(address, path.As<Napi::String>().Utf8Value());
  } else if (host.IsString() && port.IsNumber()) {
    double number = port.As<Napi::Number>().DoubleValue();
    std::string text = host.As<Napi::String>().Utf8Value();
    if (number >= 0 && number <= 65535 && text.find('\0') == std::string::npos) {
      uint16_t value = static_cast<uint16_t>(number);
      set = number == value && (SetIPv4(address, text, value) || SetIPv6(address, text, value));
    }
  }
  if (!set)
    args.Refuse(name, "{host: numeric address, port: 0 to 65535} or {path: short path}", index);
  return address;
}

void DescribeAddress(Napi::Object object, const Address& address) {
  Napi::Env env = object.Env();
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "";
  if (address.storage.ss_family == AF_INET) {
    auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &in->sin_addr, text, INET6_ADDRSTRLEN);
    object.Set("family", "IPv4");
    object.Set("host", text);
    object.Set("port", Napi::Number::New(env, ntohs(in->sin_port)));
  } else if (address.storage.ss_family == AF_INET6) {
    auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
    if (in6->sin6_scope_id != 0) {
      strcat(text, "%");
      if (!if_indextoname(in6->sin6_scope_id, text + strlen(text))) text[strlen(text) - 1] = '\0';
    }
    object.Set("family", "IPv6");
    object.Set("host", text);
    object.Set("port", Napi::Number::New(env, ntohs(in6->sin6_port)));
  } else {
    object.Set("family", "unix");
    object.Set("path", UnixName(address));
  }
}

}  // namespace truefork
