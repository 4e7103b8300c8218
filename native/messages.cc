// sendmsg recvmsg: bytes that have descriptors with them, from one process to another.
#include "messages.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "arguments.h"
#include "dispositions.h"
#include "wait.h"

namespace truefork {

namespace {

// As many as Linux takes at once (SCM_MAX_FD).
constexpr size_t kMostDescriptors = 253;

// What goes beside the bytes, and the one buffer that they are in.
struct Message {
  alignas(cmsghdr) char beside[CMSG_SPACE(sizeof(int) * kMostDescriptors)] = {};
  iovec bytes = {};
  msghdr header = {};

  explicit Message(const Bytes& buffer) {
    bytes = {buffer.data, buffer.length};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
  }

  void Attach(const Numbers& descriptors) {
    if (descriptors.length == 0) return;
    size_t size = sizeof(int) * descriptors.length;
    header.msg_control = beside;
    header.msg_controllen = static_cast<socklen_t>(CMSG_SPACE(size));
    cmsghdr* entry = CMSG_FIRSTHDR(&header);
    entry->cmsg_level = SOL_SOCKET;
    entry->cmsg_type = SCM_RIGHTS;
    entry->cmsg_len = static_cast<socklen_t>(CMSG_LEN(size));
    memcpy(CMSG_DATA(entry), descriptors.data, size);
  }

  std::vector<int> Detach() {
    std::vector<int> descriptors;
    for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry; entry = CMSG_NXTHDR(&header, entry)) {
      if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS) continue;
      size_t count = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(entry) + i * sizeof(int), sizeof(int));
        descriptors.push_back(fd);
      }
    }
    return descriptors;
  }
};

using MessageCall = ssize_t (*)(int, msghdr*, int);

// The call, again after each wait, where the socket is one that waits.
int64_t CallOrWait(MessageCall call, int fd, msghdr* header, int flags, short events) {
  for (;;) {
    if (SignalsPending()) return -EINTR;
    int64_t result = OrErrno(call(fd, header, flags | MSG_DONTWAIT));
    if (result != -EAGAIN || IsNonBlocking(fd)) return result;
    int64_t ready = WaitUntilReady(fd, events);
    if (ready < 0) return ready;
  }
}

// sendmsg(fd, data, descriptors): descriptors is an Int32Array
Napi::Value SendMsg(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Message message(args.Buffer(1, "data"));
  Numbers descriptors = args.Ints(2, "descriptors");
  if (args.failed()) return args.Failure();
  if (descriptors.length > kMostDescriptors) return args.Answer(-EINVAL);
  message.Attach(descriptors);
  MessageCall call = [](int to, msghdr* header, int flags) { return sendmsg(to, header, flags); };
  return args.Answer(CallOrWait(call, fd, &message.header, 0, POLLOUT));
}

// recvmsg(fd, buffer, into): into.descriptors, and into.truncated: something did not fit, or there
// was no descriptor left
Napi::Value RecvMsg(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int fd = args.Int(0, "fd");
  Message message(args.Buffer(1, "buffer"));
  Napi::Object into = args.Object(2, "into");
  if (args.failed()) return args.Failure();
  message.header.msg_control = message.beside;
  message.header.msg_controllen = sizeof(message.beside);
  int64_t result = CallOrWait(recvmsg, fd, &message.header, MSG_CMSG_CLOEXEC, POLLIN);
  if (result < 0) return args.Answer(result);
  std::vector<int> descriptors = message.Detach();
  Napi::Array array = Napi::Array::New(info.Env(), descriptors.size());
  for (uint32_t i = 0; i < descriptors.size(); i++) array.Set(i, descriptors[i]);
  into.Set("descriptors", array);
  bool truncated = (message.header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  into.Set("truncated", Napi::Boolean::New(info.Env(), truncated));
  if (!info.Env().IsExceptionPending()) return args.Answer(result);
  for (int fd : descriptors) close(fd);  // an object that throws would lose them
  return args.Failure();
}

}  // namespace

Napi::Object InitMessages(Napi::Env env, Napi::Object exports) {
  exports.Set("sendmsg", Napi::Function::New(env, SendMsg));
  exports.Set("recvmsg", Napi::Function::New(env, RecvMsg));
  return exports;
}

}  // namespace truefork
