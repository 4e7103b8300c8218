// What a child inherits in its event loop and must not touch: the sockets, watchers and children
// of its parent. Two processes that read from one socket each get a part of the bytes, and one
// that ends a connection ends it for both. So each such descriptor becomes a dead one, in the
// child alone:
//
//   parent   fd 21 ──┐                              parent   fd 21 ─── the connection
//                    ├── the connection     →
//   child    fd 21 ──┘           dup3(dead, 21)     child    fd 21 ─── nobody
#include "inherited.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <vector>

#include "arguments.h"
#include "signals.h"

namespace truefork {

namespace {

std::vector<uv_handle_t*> silenced;

// A socket that nobody can reach: nothing ever comes of it, and what is written fails.
int DeadDescriptor() {
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// The standard descriptors stay what they are, as a child of fork(2) expects it.
bool ReplaceByDead(uv_handle_t* handle) {
  uv_os_fd_t fd;
  if (uv_fileno(handle, &fd) != 0 || fd <= STDERR_FILENO) return false;
  int dead = DeadDescriptor();
  // Without a descriptor to spare, better none than the parent's.
  if (dead == -1) return close(fd) == 0;
  dup3(dead, fd, O_CLOEXEC);
  close(dead);
  return true;
}

bool Silence(uv_handle_t* handle) {
  switch (handle->type) {
    case UV_NAMED_PIPE:
      // Of a server. Who closes it removes the file, by which clients find the parent.
      reinterpret_cast<uv_pipe_t*>(handle)->pipe_fname = nullptr;
      [[fallthrough]];
    case UV_TCP:
    case UV_TTY:
      uv_read_stop(reinterpret_cast<uv_stream_t*>(handle));
      return handle->type != UV_TTY && ReplaceByDead(handle);
    case UV_UDP:
      uv_udp_recv_stop(reinterpret_cast<uv_udp_t*>(handle));
      return ReplaceByDead(handle);
    case UV_POLL:
      if (IsWakeWatcher(handle)) return false;
      uv_poll_stop(reinterpret_cast<uv_poll_t*>(handle));
      return ReplaceByDead(handle);
    case UV_FS_EVENT:
      return uv_fs_event_stop(reinterpret_cast<uv_fs_event_t*>(handle)) == 0;
    case UV_FS_POLL:
      return uv_fs_poll_stop(reinterpret_cast<uv_fs_poll_t*>(handle)) == 0;
    case UV_PROCESS:  // the parent's child: not ours to wait for
      return true;
    case UV_ASYNC:  // ports of the parent's, which would keep the loop alive
      uv_unref(handle);
      return false;
    default:
      return false;
  }
}

// releaseInherited(): nothing of the parent's keeps the child's loop alive.
Napi::Value ReleaseInherited(const Napi::CallbackInfo& info) {
  for (uv_handle_t* handle : silenced) uv_unref(handle);
  silenced.clear();
  return info.Env().Undefined();
}

}  // namespace

int SilenceInherited(uv_loop_t* loop) {
  silenced.clear();
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (uv_is_closing(handle) || !Silence(handle)) return;
        uv_ref(handle);
        silenced.push_back(handle);
      },
      nullptr);
  return static_cast<int>(silenced.size());
}

Napi::Object InitInherited(Napi::Env env, Napi::Object exports) {
  exports.Set("releaseInherited", Napi::Function::New(env, ReleaseInherited));
  return exports;
}

}  // namespace truefork
