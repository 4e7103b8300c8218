// A program as a child, by vfork(2) and execve(2).
//
//   parent   all that takes memory; all signals blocked
//            ── vfork ──
//   child    lives in the memory of the parent, which waits: system calls alone. Where one fails,
//            the parent finds its name and its errno there
//            ── execve, which gives it memory of its own, or _exit ──
//   parent   goes on
//
// fork(2) would describe the memory of node anew, only for execve to throw it away.
#include "spawn.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "platform.h"

namespace truefork {

namespace {

struct Limit {
  int resource;
  rlimit amount;
};

// All that the child needs, so that it has nothing to allocate.
struct Program {
  std::string path;
  std::vector<std::string> texts, variables;
  std::vector<char*> argv, environment;
  sigset_t defaults;  // ignored here; the program must not find them ignored
  Numbers standard;   // its descriptors 0, 1 and maybe 2
  std::vector<Limit> limits;
  int nice, mask;
  bool has_nice, has_mask;
  int on_end_of_parent;  // a signal, or 0
  pid_t parent;
};

struct Failure {
  const char* call;
  int error;
};

// A handler of the parent's would run in the memory of the parent.
void ForgetHandlers(const sigset_t& defaults) {
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction now;
    if (sigaction(signal, nullptr, &now) != 0) continue;
    bool stays = now.sa_handler == SIG_IGN && sigismember(&defaults, signal) != 1;
    if (!stays && now.sa_handler != SIG_DFL) ::signal(signal, SIG_DFL);
  }
}

void FollowParent(const Program& program) {
  if (program.on_end_of_parent == 0) return;
  SetParentDeathSignal(program.on_end_of_parent);
  if (getppid() != program.parent) kill(getpid(), program.on_end_of_parent);
}

const char* TakeResources(const Program& program) {
  for (const Limit& limit : program.limits) {
    auto resource = static_cast<decltype(RLIMIT_CPU)>(limit.resource);
    if (setrlimit(resource, &limit.amount) != 0) return "setrlimit";
  }
  if (program.has_nice && setpriority(PRIO_PROCESS, 0, program.nice) != 0) return "setpriority";
  if (program.has_mask) umask(static_cast<mode_t>(program.mask));
  return nullptr;
}

const char* TakeStandard(const Numbers& standard) {
  for (size_t to = 0; to < standard.length; to++) {
    if (dup2(standard.data[to], static_cast<int>(to)) < 0) return "dup2";
  }
  // Node marks even these close-on-exec at its start.
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) fcntl(fd, F_SETFD, 0);
  return nullptr;
}

// The name of the call that has failed; with success there is nobody to return to.
const char* Become(const Program& program) {
  setpgid(0, 0);
  FollowParent(program);
  const char* failed = TakeResources(program);
  if (!failed) failed = TakeStandard(program.standard);
  if (failed) return failed;
  ForgetHandlers(program.defaults);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  execve(program.path.c_str(), program.argv.data(), program.environment.data());
  return "execve";
}

int64_t Start(const Program& program, volatile Failure* failure) {
  int64_t pid = OrErrno(vfork());
  if (pid != 0) return pid;
  failure->call = Become(program);
  failure->error = errno;
  // What shells exit with where there is no such program, and where it cannot be executed.
  _exit(failure->error == ENOENT || failure->error == ENOTDIR ? 127 : 126);
}

// Three numbers a limit: which one, soft, hard. What no limit can count is none.
std::vector<Limit> LimitsFrom(Arguments& args, size_t index) {
  std::vector<Limit> limits;
  std::vector<double> numbers = args.Doubles(index, "limits");
  auto amount = [](double number) {
    return number < 9223372036854775808.0 ? static_cast<rlim_t>(number) : RLIM_INFINITY;
  };
  for (size_t i = 0; i + 2 < numbers.size(); i += 3) {
    bool fits = numbers[i] >= 0 && numbers[i] < 256 && numbers[i + 1] >= 0 && numbers[i + 2] >= 0;
    if (!fits) args.Refuse("limits", "a resource and two amounts each", index);
    if (args.failed()) break;
    rlimit both = {amount(numbers[i + 1]), amount(numbers[i + 2])};
    limits.push_back({static_cast<int>(numbers[i]), both});
  }
  return limits;
}

// spawn(path, argv, environment, defaults, standard, limits, onEndOfParent, failure, nice, umask):
// the pid, or -errno of vfork(2). If the child has not become the program, failure.call is the
// system call that it owes this to, and failure.errno why.
Napi::Value Spawn(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Program program = {};
  program.path = args.String(0, "path");
  program.texts = args.Strings(1, "argv");
  program.variables = args.Strings(2, "environment");
  program.defaults = args.Signals(3, "defaults");
  program.standard = args.Ints(4, "standard");
  program.limits = LimitsFrom(args, 5);
  program.on_end_of_parent = args.Int(6, "onEndOfParent");
  args.Object(7, "failure");
  program.has_nice = !args.Missing(8);
  if (program.has_nice) program.nice = args.Int(8, "nice");
  program.has_mask = !args.Missing(9);
  if (program.has_mask) program.mask = args.Int(9, "umask");
  if (args.failed()) return args.Failure();
  program.argv = Pointers(program.texts);
  program.environment = Pointers(program.variables);
  program.parent = getpid();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile Failure failure = {};
  int64_t pid = Start(program, &failure);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure.call) {
    Napi::Object into = info[7].As<Napi::Object>();
    into.Set("call", Napi::String::New(info.Env(), failure.call));
    into.Set("errno", Napi::Number::New(info.Env(), failure.error));
  }
  return args.Answer(pid);
}

}  // namespace

Napi::Object InitSpawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, Spawn));
  return exports;
}

}  // namespace truefork
