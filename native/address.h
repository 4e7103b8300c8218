// Socket addresses: a JavaScript object on one side, a sockaddr on the other.
#pragma once

#include <napi.h>
#include <sys/socket.h>

#include "arguments.h"

namespace truefork {

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(sockaddr_storage);

  sockaddr* Get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// {host, port} or {path}; refuses through `args` what is neither.
Address AddressFrom(Arguments& args, size_t index, const char* name);

// Sets family, host and port, or family and path, on `object`.
void DescribeAddress(Napi::Object object, const Address& address);

}  // namespace truefork
