#include "dispositions.h"

#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "wake_pipe.h"

namespace truefork {

namespace {

enum class Disposition : uint8_t {
  kUntouched,  // whatever it was when the process started
  kCaught,     // by a handler in JavaScript
  kWakeOnly,   // default for JavaScript; caught to end a wait (SIGCHLD)
  kForwarded,  // default for JavaScript; caught because the main thread blocks it
};

std::atomic<Disposition> dispositions[NSIG];
std::atomic<bool> noted[NSIG];
std::atomic<bool> any_noted{false};
std::atomic<bool> only_once[NSIG];  // SA_RESETHAND
struct sigaction before[NSIG];      // what stood there when a handler of ours was first set
pthread_t main_thread;

using Handler = void (*)(int);
Handler libuv_handler = nullptr;

bool IsLibuvs(const struct sigaction& action) {
  return libuv_handler && action.sa_handler == libuv_handler;
}

// What the signal does where JavaScript does not catch it: libuv's handler stays, if it watches.
struct sigaction DefaultOf(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  return IsLibuvs(before[signal]) ? before[signal] : action;
}

// Default for JavaScript, which Node's own handlers are, too.
void ActByDefault(int signal) {
  sigaction(signal, &before[signal], nullptr);
  pthread_kill(pthread_self(), signal);  // taken when this handler returns
}

int urgent_signal = 0;
const std::atomic<int>* urgent_if_equal = nullptr;
pid_t urgent_parent = 0;

bool IsUrgent(int signal) {
  if (signal != urgent_signal) return false;
  if (urgent_parent != 0 && getppid() != urgent_parent) return true;
  int first = urgent_if_equal[0];
  return first != 0 && first == urgent_if_equal[1];
}

bool IsFault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
         signal == SIGTRAP || signal == SIGSYS;
}

// The mask that the thread has when its handler returns. Only the first signal that lands on it
// wakes a thread which has nothing to do with it: a daemon whose children end by the thousand would
// pay for each with two switches, and a flush of the other processor's TLB.
void BlockFromNowOn(int signal, void* context) {
  if (!IsFault(signal)) sigaddset(&static_cast<ucontext_t*>(context)->uc_sigmask, signal);
}

// Runs on any thread: nothing here but async-signal-safe calls.
void CatchSignal(int signal, siginfo_t*, void* context) {
  int saved = errno;
  Disposition disposition = dispositions[signal];
  if (!pthread_equal(pthread_self(), main_thread)) {
    pthread_kill(main_thread, signal);
    BlockFromNowOn(signal, context);
  } else if (disposition == Disposition::kForwarded || IsUrgent(signal)) {
    ActByDefault(signal);
  } else {
    if (disposition == Disposition::kCaught) {
      noted[signal] = true;
      any_noted = true;
    }
    if (only_once[signal].exchange(false)) {
      struct sigaction action = DefaultOf(signal);
      dispositions[signal] = Disposition::kUntouched;
      sigaction(signal, &action, nullptr);
    }
    if (IsLibuvs(before[signal])) libuv_handler(signal);
    Wake();
  }
  errno = saved;
}

int Install(int signal, Disposition disposition, int flags, const sigset_t& mask) {
  struct sigaction action = {};
  action.sa_sigaction = CatchSignal;
  // Never SA_RESTART: the kernel would restart the call before JavaScript has seen the signal. Nor
  // SA_RESETHAND: the one call may be that on another thread, which only sends the signal on.
  action.sa_flags = (flags & ~(SA_RESTART | SA_RESETHAND)) | SA_SIGINFO;
  action.sa_mask = mask;
  Disposition old = dispositions[signal].exchange(disposition);
  struct sigaction replaced;
  if (sigaction(signal, &action, &replaced) == -1) {
    dispositions[signal] = old;
    return -errno;
  }
  if (old == Disposition::kUntouched) before[signal] = replaced;
  only_once[signal] = (flags & SA_RESETHAND) != 0;
  return 0;
}

}  // namespace

void InitDispositions() {
  main_thread = pthread_self();
}

void KnowLibuvHandler(Handler handler) {
  libuv_handler = handler;
}

int Catch(int signal, int flags, const sigset_t& mask) {
  return Install(signal, Disposition::kCaught, flags, mask);
}

int Release(int signal, Handler handler) {
  struct sigaction action = {};
  action.sa_handler = handler;
  if (handler == SIG_DFL) action = DefaultOf(signal);
  dispositions[signal] = Disposition::kUntouched;
  noted[signal] = false;
  return sigaction(signal, &action, nullptr) == -1 ? -errno : 0;
}

void ReleaseAll(const sigset_t& signals) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&signals, signal) != 1 || signal == SIGCHLD) continue;
    dispositions[signal] = Disposition::kUntouched;
    noted[signal] = false;
    ::signal(signal, SIG_IGN);
    ::signal(signal, SIG_DFL);
  }
  // libuv's handler stays where node:child_process needs it: its effect is that of the default.
  if (dispositions[SIGCHLD] != Disposition::kUntouched) Release(SIGCHLD, SIG_DFL);
}

void ActAtOnceIf(int signal, const std::atomic<int>* two, pid_t parent) {
  urgent_if_equal = two;
  urgent_parent = parent;
  urgent_signal = signal;
}

bool SignalsPending() {
  return any_noted;
}

sigset_t TakeSignals() {
  sigset_t taken;
  sigemptyset(&taken);
  if (!any_noted.exchange(false)) return taken;
  for (int signal = 1; signal < NSIG; signal++) {
    if (noted[signal].exchange(false)) sigaddset(&taken, signal);
  }
  return taken;
}

void PutBack(const sigset_t& signals) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&signals, signal) != 1) continue;
    noted[signal] = true;
    any_noted = true;
  }
  Wake();
}

void ForgetSignals() {
  main_thread = pthread_self();
  any_noted = false;
  for (auto& note : noted) note = false;
}

// Another thread, V8's worker, may not block what the main thread blocks: a signal sent to the
// process would then act at once. While the main thread blocks a signal, it is caught and sent on.
// Node's own handlers count as the default; faults are no signals that one could wait for.
void ForwardBlocked(const sigset_t& blocked) {
  sigset_t none;
  sigemptyset(&none);
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&blocked, signal) != 1 || IsFault(signal)) continue;
    if (dispositions[signal] != Disposition::kUntouched) continue;
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) == -1 || IsLibuvs(action)) continue;
    if (action.sa_handler == SIG_IGN) continue;
    Install(signal, Disposition::kForwarded, 0, none);
  }
}

void StopForwarding(const sigset_t& blocked) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (dispositions[signal] != Disposition::kForwarded) continue;
    if (sigismember(&blocked, signal) == 1) continue;
    dispositions[signal] = Disposition::kUntouched;
    sigaction(signal, &before[signal], nullptr);
  }
}

bool WakeOnChild(bool stops) {
  struct sigaction action;
  sigset_t mask;
  sigemptyset(&mask);
  bool untouched = dispositions[SIGCHLD] == Disposition::kUntouched;
  if (untouched && sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
    Install(SIGCHLD, Disposition::kWakeOnly, SA_RESTART, mask);
  }
  sigaction(SIGCHLD, nullptr, &action);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  bool told = !stops || (action.sa_flags & SA_NOCLDSTOP) == 0;
  return action.sa_sigaction == CatchSignal && told && sigismember(&mask, SIGCHLD) == 0;
}

}  // namespace truefork
