// Puts the bindings together. Each is: check the arguments, make the call, answer its result or
// its errno, negated. What follows from an error is decided in TypeScript.
#include <napi.h>

#include "accept.h"
#include "child_end.h"
#include "constants.h"
#include "credentials.h"
#include "descriptors.h"
#include "examine.h"
#include "fork.h"
#include "inet.h"
#include "inherited.h"
#include "limits.h"
#include "memory.h"
#include "messages.h"
#include "processes.h"
#include "signals.h"
#include "socket_options.h"
#include "sockets.h"
#include "spawn.h"
#include "threads.h"
#include "users.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  if (!truefork::IsMainThread()) {
    // Signals and fork belong to the process; a Worker has neither.
    Napi::Error::New(env, "truefork works on the main thread, not in a Worker")
        .ThrowAsJavaScriptException();
    return exports;
  }
  truefork::InitConstants(env, exports);
  truefork::InitDescriptors(env, exports);
  truefork::InitSockets(env, exports);
  truefork::InitAccept(env, exports);
  truefork::InitSocketOptions(env, exports);
  truefork::InitInet(env, exports);
  truefork::InitMessages(env, exports);
  truefork::InitProcesses(env, exports);
  truefork::InitLimits(env, exports);
  truefork::InitCredentials(env, exports);
  truefork::InitUsers(env, exports);
  truefork::InitMemory(env, exports);
  truefork::InitSignals(env, exports);
  truefork::InitExamine(env, exports);
  truefork::InitChildEnd(env, exports);
  truefork::InitInherited(env, exports);
  truefork::InitFork(env, exports);
  truefork::InitSpawn(env, exports);
  return exports;
}

NODE_API_MODULE(truefork, Init)
