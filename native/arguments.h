// What every binding starts and ends with: its arguments checked, its result or errno answered.
#pragma once

#include <napi.h>
#include <signal.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

namespace truefork {

// The answer of a system call: its result, or the errno of the call just made, negated.
// To be wrapped around the call itself, so that nothing can run between the two.
template <typename T>
inline int64_t OrErrno(T result) {
  return result == static_cast<T>(-1) ? -static_cast<int64_t>(errno) : static_cast<int64_t>(result);
}

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

struct Numbers {
  int32_t* data = nullptr;
  size_t length = 0;
};

// Takes the arguments of one call in turn. The first that does not fit leaves a pending
// JavaScript exception; the binding asks failed() once, before the system call.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  int Int(size_t index, const char* name);
  int64_t Size(size_t index, const char* name);
  uint32_t Id(size_t index, const char* name);
  std::vector<uint32_t> Ids(size_t index, const char* name);
  bool Bool(size_t index, const char* name);
  std::string String(size_t index, const char* name);
  std::vector<std::string> Strings(size_t index, const char* name);
  Bytes Buffer(size_t index, const char* name);
  Numbers Ints(size_t index, const char* name);
  std::vector<double> Doubles(size_t index, const char* name);
  Napi::Object Object(size_t index, const char* name);
  Napi::Function Function(size_t index, const char* name);
  sigset_t Signals(size_t index, const char* name);
  bool Missing(size_t index) const;
  bool Infinite(size_t index) const;

  bool failed() const { return failed_; }
  Napi::Value Failure() const { return info_.Env().Undefined(); }
  Napi::Value Answer(int64_t result) const;
  void Refuse(const char* name, const char* expected, size_t index);
  void Refuse(const std::string& message);

 private:
  const Napi::CallbackInfo& info_;
  bool failed_ = false;
};

// As execve(2) wants them: pointers to texts that stay where they are, and a null pointer.
std::vector<char*> Pointers(std::vector<std::string>& texts);

// A JavaScript array of user or group ids.
Napi::Array IdsOf(Napi::Env env, const std::vector<uint32_t>& ids);

// A JavaScript array of signal numbers, and the other way round.
Napi::Array SignalsOf(Napi::Env env, const sigset_t& set);

}  // namespace truefork
