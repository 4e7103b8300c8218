// mmap, for memory that parent and children share, getentropy, and memory on large pages.
#include "memory.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef __FreeBSD__
#include <sys/random.h>
#endif

#include "address_space.h"
#include "arguments.h"
#include "examine.h"
#include "large_pages.h"

namespace truefork {

namespace {

// sharedMemory(bytes): an ArrayBuffer, zeroed, whose bytes children that are forked later see and
// change as this process does; or -errno
Napi::Value SharedMemory(const Napi::CallbackInfo& info) {
  Arguments args(info);
  size_t length = static_cast<size_t>(args.Size(0, "bytes"));
  if (!args.failed() && length == 0) args.Refuse("bytes", "1 or more", 0);
  if (args.failed()) return args.Failure();
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  if (memory == MAP_FAILED) return args.Answer(-errno);
  auto unmap = [](Napi::Env, void* data, size_t* size) {
    munmap(data, *size);
    delete size;
  };
  return Napi::ArrayBuffer::New(info.Env(), memory, length, unmap, new size_t(length));
}

// getentropy(buffer): fills it with random bytes, at most 256; 0 or -errno
Napi::Value GetEntropy(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Bytes buffer = args.Buffer(0, "buffer");
  if (args.failed()) return args.Failure();
  return args.Answer(OrErrno(getentropy(buffer.data, buffer.length)));
}

// moveToLargePages(): [bytes of code, bytes of data] that lie on large pages then, or -errno as
// fork
Napi::Value MoveAll(const Napi::CallbackInfo& info) {
  Arguments args(info);
  int busy = WaitUntilParked();
  if (busy) return args.Answer(-busy);
  sigset_t all, mask;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  LargePages moved = MoveToLargePages(reinterpret_cast<const void*>(&napi_get_undefined));
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  Napi::Array bytes = Napi::Array::New(info.Env(), 2);
  bytes.Set(0u, static_cast<double>(moved.code));
  bytes.Set(1u, static_cast<double>(moved.data));
  return bytes;
}

// keepHeapTogether(), letHeapSpread(): see address_space.h
Napi::Value KeepTogether(const Napi::CallbackInfo& info) {
  KeepHeapTogether();
  return info.Env().Undefined();
}

Napi::Value LetSpread(const Napi::CallbackInfo& info) {
  LetHeapSpread();
  return info.Env().Undefined();
}

}  // namespace

Napi::Object InitMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("sharedMemory", Napi::Function::New(env, SharedMemory));
  exports.Set("moveToLargePages", Napi::Function::New(env, MoveAll));
  exports.Set("keepHeapTogether", Napi::Function::New(env, KeepTogether));
  exports.Set("letHeapSpread", Napi::Function::New(env, LetSpread));
  exports.Set("getentropy", Napi::Function::New(env, GetEntropy));
  return exports;
}

}  // namespace truefork
